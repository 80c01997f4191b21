#include "desk/roster/rosters.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/roster/icalendar.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

struct RostersTest : DeskTest {
  Rosters rosters{*database, *desk, clock};
  std::string an, binh;

  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-02-02T01:00:00Z") - clock.wall());
    an = person("An", "an");
    binh = person("Bình", "binh");
  }
  std::string person(std::string name, std::string username) {
    auto saved = rosters.save_person({.name = std::move(name), .username = std::move(username)}, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? saved->id : "";
  }
  Roster weekly() {
    Roster roster{.name = "Trực ban"};
    roster.tiers = {
        {"first",
         "Ca một",
         {{.name = "tuần", .start = *parse_local_text("2026-02-02T07:00"), .members = {an, binh}}}}};
    return roster;
  }
  Roster saved(const Roster& roster) {
    auto kept = rosters.save_roster(roster, "lan");
    EXPECT_TRUE(kept) << kept.error().full();
    return kept ? *kept : Roster{};
  }
  std::string now_on(const Roster& roster) {
    return copy_of(rosters.on_call(roster.id, clock.wall())).at(0).now.person;
  }
  std::vector<Alert> gap_alerts() {
    std::vector<Alert> out;
    auto listed = copy_of(desk->alerts({.limit = 500}));
    for (const auto& alert : listed.items)
      if (alert.kind == kCoverageGap) out.push_back(alert);
    return out;
  }
};

TEST_F(RostersTest, IsReadBackAsItWasSaved) {
  auto roster = weekly();
  roster.tiers[0].layers[0].windows = {{60, 30}};
  roster.tiers[0].layers[0].end = *parse_local_text("2030-01-01T00:00");
  auto kept = saved(roster);
  EXPECT_EQ(*rosters.roster(kept.id), kept);
  EXPECT_EQ(kept.tiers, roster.tiers);
}

TEST_F(RostersTest, SaysWhoIsOnWhoComesNextAndUntilWhen) {
  auto roster = saved(weekly());
  auto on = *rosters.on_call(roster.id, clock.wall());
  ASSERT_EQ(on.size(), 1u);
  EXPECT_EQ(on[0].now.person, an);
  EXPECT_EQ(on[0].now.to, *parse_rfc3339("2026-02-09T00:00:00Z"));
  ASSERT_TRUE(on[0].next);
  EXPECT_EQ(on[0].next->person, binh);
}

TEST_F(RostersTest, AChangeOfAnOlderRevisionIsRefused) {
  auto first = saved(weekly());
  auto second = first;
  second.name = "Trực đêm";
  saved(second);
  EXPECT_EQ(rosters.save_roster(first, "lan").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(rosters.roster(first.id)->name, "Trực đêm");
}

TEST_F(RostersTest, ASwapHoldsOnlyByTheConsentOfTheOneWhoIsAsked) {
  auto roster = saved(weekly());
  RosterSwap swap{.roster_id = roster.id,
                  .tier = "first",
                  .giver = an,
                  .taker = binh,
                  .from = clock.wall(),
                  .to = clock.wall() + hours(24)};
  EXPECT_EQ(rosters.propose_swap(swap, {"chi"}).error().code(), ErrorCode::kForbidden);
  auto proposed = rosters.propose_swap(swap, {"an"});
  ASSERT_TRUE(proposed) << proposed.error().full();
  EXPECT_EQ(now_on(roster), an);
  EXPECT_EQ(rosters.answer_swap(proposed->id, SwapState::kAccepted, {"an"}).error().code(),
            ErrorCode::kForbidden);
  EXPECT_EQ(rosters.answer_swap(proposed->id, SwapState::kAccepted, {"lan", true}).error().code(),
            ErrorCode::kForbidden)
      << "not even a lead, where the person has an account";
  ASSERT_TRUE(rosters.answer_swap(proposed->id, SwapState::kAccepted, {"binh"}));
  EXPECT_EQ(now_on(roster), binh);
  EXPECT_EQ(rosters.answer_swap(proposed->id, SwapState::kDeclined, {"binh"}).error().code(),
            ErrorCode::kConflict);
  clock.advance(hours(24));
  EXPECT_EQ(now_on(roster), an);
}

TEST_F(RostersTest, AnOverrideHoldsUntilItIsRemoved) {
  auto roster = saved(weekly());
  auto one = rosters.add_override({.roster_id = roster.id,
                                   .tier = "first",
                                   .person = binh,
                                   .from = clock.wall(),
                                   .to = clock.wall() + hours(2),
                                   .by = "lan"});
  ASSERT_TRUE(one) << one.error().full();
  EXPECT_EQ(now_on(roster), binh);
  ASSERT_TRUE(rosters.remove_override(one->id, "lan"));
  EXPECT_EQ(now_on(roster), an);
  EXPECT_EQ(rosters.remove_override(one->id, "lan").error().code(), ErrorCode::kNotFound);
}

TEST_F(RostersTest, AGapIsAnAlertOnceAndIsResolvedWhenSomebodyIsFound) {
  auto roster = saved(weekly());
  EXPECT_TRUE(gap_alerts().empty());
  auto from = clock.wall() + hours(48);
  auto leave_an = rosters.add_leave({.person = an, .from = from, .to = from + hours(24), .by = "lan"});
  EXPECT_TRUE(gap_alerts().empty()) << "the other stands in";
  auto leave_binh = rosters.add_leave({.person = binh, .from = from, .to = from + hours(24), .by = "lan"});
  ASSERT_EQ(gap_alerts().size(), 1u);
  EXPECT_EQ(gap_alerts()[0].severity, Severity::kMedium) << "within a week";
  EXPECT_THAT(render(gap_alerts()[0].reason, Language::kEnglish),
              HasSubstr("2026-02-04 08:00 (Asia/Ho_Chi_Minh)"));
  EXPECT_EQ(*rosters.check_coverage(), 0u) << "nothing new";
  EXPECT_EQ(gap_alerts()[0].count, 1);
  clock.advance(hours(25));
  EXPECT_EQ(*rosters.check_coverage(), 1u);
  EXPECT_EQ(gap_alerts()[0].severity, Severity::kHigh) << "within a day";
  ASSERT_TRUE(rosters.remove_leave(leave_binh->id, "lan"));
  ASSERT_EQ(gap_alerts().size(), 1u);
  EXPECT_TRUE(gap_alerts()[0].condition_resolved);
}

TEST_F(RostersTest, ATierThatIsGoneHasNoGap) {
  auto roster = weekly();
  roster.tiers.push_back({"second", "", {}});
  auto kept = saved(roster);
  ASSERT_EQ(gap_alerts().size(), 1u);
  EXPECT_EQ(gap_alerts()[0].severity, Severity::kHigh);
  kept.tiers.pop_back();
  saved(kept);
  EXPECT_TRUE(gap_alerts()[0].condition_resolved);
}

TEST_F(RostersTest, WhoStandsInARosterIsNotRemoved) {
  saved(weekly());
  EXPECT_EQ(rosters.remove_person(an, "lan").error().code(), ErrorCode::kConflict);
  auto chi = person("Chi", "");
  EXPECT_TRUE(rosters.remove_person(chi, "lan"));
  EXPECT_EQ(rosters.save_person({.name = "Khác", .username = "an"}, "lan").error().code(),
            ErrorCode::kConflict);
  EXPECT_EQ(rosters.save_person({.name = "x", .contacts = {{"nothing", ""}}}, "lan").error().code(),
            ErrorCode::kInvalid);
}

TEST_F(RostersTest, ATelephoneNumberIsOneThatCanBeCalled) {
  auto one = *rosters.person(an);
  for (const std::string number : {"+84 24 3555 1234", "(024) 3555-1234", "113", ""}) {
    one.phone = number;
    EXPECT_TRUE(rosters.save_person(one, "lan")) << number;
    EXPECT_EQ(rosters.person(an)->phone, number);
  }
  for (const std::string number : {"javascript:alert(1)", "số của An", "12", "+", "0123;ext=4"}) {
    one.phone = number;
    EXPECT_THAT(rosters.save_person(one, "lan").error().full(), HasSubstr("phone")) << number;
  }
}

TEST_F(RostersTest, ACalendarIsReadWithItsTokenOnly) {
  auto roster = saved(weekly());
  auto [feed, token] = *rosters.add_feed({.roster_id = roster.id, .person = binh, .made_by = "lan"});
  auto calendar = *rosters.calendar(token);
  EXPECT_THAT(calendar,
              HasSubstr("DTSTART:20260209T000000Z\r\nDTEND:20260216T000000Z\r\nSUMMARY:Ca một: Bình\r\n"));
  EXPECT_EQ(calendar.find("An"), std::string::npos) << "only this person's part";
  EXPECT_EQ(rosters.calendar("x" + token).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(rosters.remove_feed(feed.id, "lan"));
  EXPECT_EQ(rosters.calendar(token).error().code(), ErrorCode::kNotFound);
}

TEST(ICalendar, EscapesAndFoldsWithoutCuttingACharacter) {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "ữ";
  auto text = icalendar("a;b", {{"u@vedette", WallTime(), WallTime(hours(1)), "x, y\n" + name}}, WallTime());
  EXPECT_THAT(text, HasSubstr("NAME:a\\;b\r\n"));
  EXPECT_THAT(text, HasSubstr("SUMMARY:x\\, y\\n"));
  std::size_t begin = 0;
  std::string unfolded;
  for (std::size_t end; (end = text.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
    auto line = text.substr(begin, end - begin);
    EXPECT_LE(line.size(), 75u);
    EXPECT_NE(static_cast<unsigned char>(line[line[0] == ' ' ? 1 : 0]) & 0xC0, 0x80)
        << "begins within a character";
    unfolded += line[0] == ' ' ? line.substr(1) : line;
  }
  EXPECT_EQ(begin, text.size());
  EXPECT_THAT(unfolded, HasSubstr(name));
}

}  // namespace
}  // namespace vedette::desk
