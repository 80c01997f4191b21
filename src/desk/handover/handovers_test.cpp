#include "desk/handover/handovers.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "base/id.h"
#include "desk/desk_fixture.h"
#include "desk/directives/directive.h"
#include "desk/incidents/tasks.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using Minutes = std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

struct HandoversTest : DeskTest {
  std::shared_ptr<const RegimeSet> regimes = std::make_shared<const RegimeSet>(RegimeSet::built_in());
  Rosters rosters{*database, *desk, clock};
  Incidents incidents{*database, *desk, clock, regimes};
  Reports reports{*database, clock, regimes, std::make_shared<const FormSet>(FormSet::built_in())};
  std::vector<HandoverItem> blind;
  Handovers handovers{*database, *desk, rosters, incidents, reports, clock, [this] { return blind; }};

  void SetUp() override { clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall()); }

  // Two people, a day each from 07:00 local (00:00 UTC).
  std::string daily_roster() {
    auto an = copy_of(rosters.save_person({.name = "An"}, "lan"));
    auto binh = copy_of(rosters.save_person({.name = "Bình"}, "lan"));
    Roster roster{.name = "Trực SOC"};
    Layer layer{.name = "Chính", .zone = "Asia/Ho_Chi_Minh"};
    layer.start = *parse_local_text("2026-11-01T07:00");
    layer.turn_minutes = kDayMinutes;
    layer.members = {an.id, binh.id};
    roster.tiers = {{.id = "first", .name = "Tuyến 1", .layers = {layer}}};
    return copy_of(rosters.save_roster(roster, "lan")).id;
  }
  Handover signed_by_both(const std::string& roster) {
    auto made = copy_of(handovers.make(roster, "Để ý máy in", "an"));
    copy_of(handovers.give(made.id, made.sha256, "an"));
    return copy_of(handovers.take(made.id, made.sha256, "đã rõ", "binh"));
  }
  std::vector<std::string> kinds(const std::vector<HandoverItem>& items) {
    std::vector<std::string> out;
    for (const auto& one : items) out.push_back(one.kind);
    return out;
  }
  template <class T>
  static std::string refusal(const Result<T>& result) {
    return result ? "accepted" : result.error().message();
  }
  void insert_one(Directive one) {
    one.id = new_id(clock);
    one.authority = "A05";
    one.received_at = one.made_at = clock.wall();
    ASSERT_TRUE(database->write([&](store::Session& session) { return insert_directive(session, one); }));
  }
  std::vector<Alert> unsigned_alerts() {
    std::vector<Alert> out;
    auto listed = copy_of(desk->alerts({.limit = 500}));
    for (const auto& alert : listed.items)
      if (alert.kind == kHandoverUnsigned) out.push_back(alert);
    return out;
  }
};

TEST_F(HandoversTest, TheListNamesEverythingThatIsOpenWithItsNextStep) {
  auto alert = raise(finding());
  copy_of(desk->acknowledge(raise(finding("sites/2/content")).id, "an", ""));
  auto closed = raise(finding("sites/3/content"));
  copy_of(desk->close(closed.id, Resolution::kTruePositive, "", "an"));
  auto incident = copy_of(incidents.open({.title = "Cổng bị thay",
                                          .severity = Severity::kHigh,
                                          .regimes = {"vn_2017_05"},
                                          .facts = {.detected_at = clock.wall()}},
                                         {alert.id}, "an"));
  copy_of(reports.draft(incident.id, "vn_incident_initial", {}, "an"));
  insert_one({.reference = "07/YC", .title = "Cung cấp nhật ký", .due_at = clock.wall() + hours(2)});
  insert_one({.reference = "06/YC", .title = "Đã trả lời", .state = DirectiveState::kAnswered});
  blind = {{.kind = "blind", .title = {"Nguồn im lặng", "A source is silent"}}};
  auto items = copy_of(handovers.preview(""));
  EXPECT_THAT(kinds(items),
              ElementsAre("alert", "alert", "incident", "clock", "directive", "report", "blind"));
  const auto asked = std::ranges::find(items, "directive", &HandoverItem::kind);
  EXPECT_EQ(asked->title.vi, "07/YC: Cung cấp nhật ký");
  EXPECT_EQ(asked->detail.en, "Received, not verified: A05.");
  EXPECT_EQ(asked->at, clock.wall() + hours(2));
  EXPECT_EQ(items[0].id, alert.id);
  EXPECT_EQ(items[0].detail.vi, "Chưa ai trả lời. Khôi phục trang từ bản sao lưu");
  EXPECT_EQ(items[1].detail.en, "Taken by an. Khôi phục trang từ bản sao lưu");
  EXPECT_EQ(items[3].at, clock.wall() + hours(5 * 24));
  EXPECT_EQ(items[5].detail.vi, "Bản nháp");
}

TEST_F(HandoversTest, TasksThatNobodyHasDoneStandThereWithWhoWorksOnThem) {
  auto person = copy_of(rosters.save_person({.name = "Trần Thị Bình"}, "lan"));
  auto incident = copy_of(incidents.open({.title = "Cổng bị thay", .severity = Severity::kHigh}, {}, "an"));
  IncidentTasks tasks{incidents, *database, clock};
  auto first = copy_of(tasks.add(incident.id, {.title = {"Ngắt mạng", "Cut off"}}, "an"));
  copy_of(tasks.add(incident.id, {.title = {"Sao lưu", "Back up"}, .assignee = person.id}, "an"));
  auto items = copy_of(handovers.preview(""));
  ASSERT_THAT(kinds(items), ElementsAre("incident", "task", "task"));
  EXPECT_EQ(items[1].title.vi, "2026-0001: Ngắt mạng");
  EXPECT_EQ(items[2].detail.vi, "Giao cho Trần Thị Bình, chưa làm.");
  first.state = TaskState::kDone;
  copy_of(tasks.change(incident.id, first, "an"));
  EXPECT_THAT(kinds(copy_of(handovers.preview(""))), ElementsAre("incident", "task"));
}

TEST_F(HandoversTest, BothSignTheSameFrozenListAndItNeverChanges) {
  raise(finding());
  auto made = copy_of(handovers.make("", "Để ý máy in", "an"));
  EXPECT_EQ(sha256_hex(made.list), made.sha256);
  EXPECT_THAT(refusal(handovers.take(made.id, made.sha256, "", "binh")), HasSubstr("draft"));
  EXPECT_THAT(refusal(handovers.give(made.id, std::string(64, '0'), "an")), HasSubstr("read it again"));
  copy_of(handovers.give(made.id, made.sha256, "an"));
  EXPECT_THAT(refusal(handovers.take(made.id, made.sha256, "", "an")), HasSubstr("another person"));
  auto taken = copy_of(handovers.take(made.id, made.sha256, "đã rõ", "binh"));
  raise(finding("sites/9/content"));  // what comes later is not of this list
  auto read = copy_of(handovers.get(made.id));
  EXPECT_EQ(read.state, HandoverState::kTaken);
  EXPECT_EQ(read.list, made.list);
  EXPECT_EQ(read.giver, "an");
  EXPECT_EQ(read.taker, "binh");
  EXPECT_EQ(read.remarks, "đã rõ");
  auto list = copy_of(handover_list(read.list));
  EXPECT_EQ(list.notes, "Để ý máy in");
  EXPECT_EQ(list.items.size(), 1u);
  EXPECT_EQ(frozen_text(list), read.list);
  EXPECT_THAT(refusal(handovers.withdraw(made.id, "an")), HasSubstr("taken"));
  EXPECT_THAT(refusal(handovers.give(made.id, made.sha256, "an")), HasSubstr("taken"));
  std::vector<std::string> actions;
  auto log = copy_of(desk->audit_log("", 500));
  for (const auto& one : log.items)
    if (one.object == "handover/" + made.id) actions.push_back(one.action);
  EXPECT_THAT(actions, ElementsAre("handover.taken", "handover.given", "handover.made"));
}

TEST_F(HandoversTest, ANewerOneTakesThePlaceOfOneThatNobodyTook) {
  auto first = copy_of(handovers.make("", "", "an"));
  copy_of(handovers.give(first.id, first.sha256, "an"));
  clock.advance(Minutes(1));
  auto second = copy_of(handovers.make("", "", "an"));
  EXPECT_EQ(copy_of(handovers.get(first.id)).state, HandoverState::kWithdrawn);
  auto page = copy_of(handovers.list("", 1));
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].id, second.id);
  EXPECT_EQ(copy_of(handovers.list(page.next_cursor, 1)).items[0].id, first.id);
}

TEST_F(HandoversTest, AGapInTheNextDayStandsInTheList) {
  auto roster = daily_roster();
  EXPECT_THAT(copy_of(handovers.preview(roster)), IsEmpty());
  auto people = copy_of(rosters.people());
  for (const auto& one : people)
    copy_of(rosters.add_leave(
        {.person = one.id, .from = clock.wall() + hours(3), .to = clock.wall() + hours(5), .by = "lan"}));
  auto items = copy_of(handovers.preview(roster));
  // The gap is an alert, too.
  ASSERT_THAT(kinds(items), ElementsAre("alert", "gap"));
  EXPECT_EQ(items[1].at, clock.wall() + hours(3));
  EXPECT_EQ(refusal(handovers.preview("nothing")) == "accepted", false);
}

TEST_F(HandoversTest, AChangeOfShiftThatNobodySignsIsOneAlertUntilItIsSigned) {
  auto roster = daily_roster();
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(0))), 0u) << "off";
  // 02:00 UTC: the shift changed two hours ago.
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(180))), 0u) << "not yet";
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 1u);
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 0u) << "said once";
  ASSERT_EQ(unsigned_alerts().size(), 1u);
  EXPECT_FALSE(unsigned_alerts()[0].condition_resolved);
  signed_by_both(roster);
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 1u);
  EXPECT_TRUE(unsigned_alerts()[0].condition_resolved);
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 0u);
  // The next day's change is another one.
  clock.advance(hours(24));
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 1u);
  EXPECT_EQ(unsigned_alerts().size(), 2u);
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(0))), 1u) << "switched off: it is over";
}

TEST_F(HandoversTest, OneSignedShortlyBeforeTheChangeCounts) {
  auto roster = daily_roster();
  clock.advance(hours(21));  // 23:00 UTC, an hour before the change
  signed_by_both(roster);
  clock.advance(hours(2));
  EXPECT_EQ(copy_of(handovers.check_unsigned(Minutes(30))), 0u);
}

}  // namespace
}  // namespace vedette::desk
