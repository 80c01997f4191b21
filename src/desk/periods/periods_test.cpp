#include "desk/periods/periods.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/escalation/policies.h"
#include "desk/periods/period_json.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using Minutes = std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct PeriodsTest : DeskTest {
  Rosters rosters{*database, *desk, clock};
  Policies policies{*database, clock};
  Periods periods{*database, *desk, clock};
  std::string an, binh, chi, roster;

  // An and Bình take turns of a week; Chi stands in none. 13 February 2026, 07:00 in Hà Nội: a Friday.
  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-02-13T00:00:00Z") - clock.wall());
    two_steps();
    an = person("An", "an@duty.example.org");
    binh = person("Bình", "binh@duty.example.org");
    chi = person("Chi", "chi@duty.example.org");
    Roster weekly{.name = "Trực ban"};
    weekly.tiers = {
        {"first",
         "Ca một",
         {{.name = "tuần", .start = *parse_local_text("2026-02-09T07:00"), .members = {an, binh}}}}};
    roster = kept(rosters.save_roster(weekly, "lan")).id;
  }
  template <class T>
  T kept(Result<T> saved) {
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? *std::move(saved) : T{};
  }
  std::string person(std::string name, std::string address) {
    return kept(rosters.save_person(
                    {.name = std::move(name), .contacts = {{mail_channel, std::move(address)}}}, "lan"))
        .id;
  }
  // Seven days from 14 February, 00:00 in Hà Nội; half the times; Chi beside the first tier.
  WatchPeriod tet() {
    WatchPeriod one{.name = "Tết Bính Ngọ",
                    .from = *parse_local_text("2026-02-14T00:00"),
                    .to = *parse_local_text("2026-02-21T00:00")};
    one.tiers = {{roster,
                  "first",
                  2,
                  {{.name = "thêm", .start = *parse_local_text("2026-02-14T00:00"), .members = {chi}}}}};
    return one;
  }
  WatchPeriod saved(const WatchPeriod& period) { return kept(periods.save(period, "lan")); }
  void use_tier(int second_after_minutes = 10) {
    EscalationPolicy policy;
    policy.id = policy.name = kDefaultPolicy;
    policy.steps = {{0, {{TargetKind::kTier, roster, "first"}}},
                    {second_after_minutes, {{TargetKind::kChannel, hook_channel, ""}}}};
    kept(policies.save(policy, "lan"));
  }
  std::vector<std::string> mailed() {
    std::vector<std::string> out;
    for (const auto& mail : sent.mails) out.push_back(mail.to.front());
    return out;
  }
  std::vector<Alert> gap_alerts() {
    std::vector<Alert> out;
    auto listed = copy_of(desk->alerts({.limit = 500}));
    for (const auto& alert : listed.items)
      if (alert.kind == kPeriodGap) out.push_back(alert);
    return out;
  }
};

TEST_F(PeriodsTest, IsReadBackAsItWasSavedWithItsMoments) {
  auto period = saved(tet());
  EXPECT_EQ(period.begins, *parse_rfc3339("2026-02-13T17:00:00Z"));
  EXPECT_EQ(period.ends, *parse_rfc3339("2026-02-20T17:00:00Z"));
  EXPECT_EQ(*periods.period(period.id), period);
  EXPECT_EQ(state_of(period, clock.wall()), PeriodState::kAnnounced);
  EXPECT_EQ(state_of(period, period.begins), PeriodState::kRunning);
  EXPECT_EQ(state_of(period, period.ends), PeriodState::kOver);
}

TEST_F(PeriodsTest, AnAlertClimbsByThePeriodThatRanWhenItWasRaised) {
  use_tier();
  saved(tet());
  raise(finding("before"));
  clock.advance(hours(17));
  raise(finding("during"));
  auto alert = find("during");
  EXPECT_EQ(*alert.next_step_at, clock.wall() + Minutes(5)) << "half of ten minutes";
  EXPECT_THAT(timeline_kinds(alert.id), testing::Contains("heightened"));
  EXPECT_THAT(timeline_kinds(find("before").id), testing::Not(testing::Contains("heightened")));
  kept(periods.end((*periods.periods(false)).front().id, "lan"));
  minutes(5);
  EXPECT_EQ(find("during").step, 2) << "the cycle keeps what it began with";
  raise(finding("after"));
  EXPECT_EQ(*find("after").next_step_at, clock.wall() + Minutes(10));
}

TEST_F(PeriodsTest, ADamagedOneKeepsNoAlertFromBeingRaised) {
  auto period = saved(tet());
  clock.jump_wall(hours(24));
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE watch_periods SET body = '{\"name\":' WHERE id = ?", {period.id}));
    return {};
  }));
  use_tier();
  raise(finding("k1"));
  EXPECT_EQ(find("k1").step, 1);
}

TEST_F(PeriodsTest, ThePolicyOfThePeriodTakesEveryWatchAndStaysUntilItIsOver) {
  use_tier(10);
  EscalationPolicy quick;
  quick.name = "Trực Tết";
  quick.watches = {Watch::kLogs};
  quick.steps = {{0, {{TargetKind::kChannel, hook_channel, ""}}}, {2, {{TargetKind::kPerson, binh, ""}}}};
  auto policy = kept(policies.save(quick, "lan"));
  auto period = tet();
  period.policy_id = policy.id;
  period.timer_percent = 100;
  period = saved(period);
  EXPECT_EQ(policies.remove(policy.id, "lan").error().code(), ErrorCode::kConflict);
  clock.advance(hours(17));
  raise(finding("sites"));
  EXPECT_EQ(*find("sites").next_step_at, clock.wall() + Minutes(2));
  kept(periods.end(period.id, "lan"));
  EXPECT_TRUE(policies.remove(policy.id, "lan"));
}

TEST_F(PeriodsTest, ATierIsBothPeopleWhileThePeriodRuns) {
  use_tier();
  saved(tet());
  raise(finding("before"));
  work();
  EXPECT_THAT(mailed(), ElementsAre("an@duty.example.org"));
  clock.advance(hours(17));
  sent.mails.clear();
  raise(finding("during"));
  work();
  EXPECT_THAT(mailed(), testing::AllOf(testing::Contains("an@duty.example.org"),
                                       testing::Contains("chi@duty.example.org")));
  auto simulated = kept(policies.simulate(kept(policies.policy("default")), clock.wall()));
  ASSERT_EQ(simulated.size(), 2u);
  EXPECT_EQ(simulated[0].messages.size(), 2u);
  EXPECT_EQ(simulated[1].at, clock.wall() + Minutes(5));
}

TEST_F(PeriodsTest, WhoIsOnLeaveOrCannotBeCalledDoesNotCount) {
  auto outlook = kept(periods.outlook(tet()));
  EXPECT_TRUE(outlook.gaps.empty());
  auto from = *parse_rfc3339("2026-02-15T00:00:00Z");
  kept(rosters.add_leave({.person = chi, .from = from, .to = from + hours(24), .by = "lan"}));
  outlook = kept(periods.outlook(tet()));
  ASSERT_EQ(outlook.gaps.size(), 1u);
  EXPECT_EQ(outlook.gaps[0].from, from);
  EXPECT_EQ(outlook.gaps[0].to, from + hours(24));
  EXPECT_THAT(outlook.gaps[0].there, ElementsAre(an));
  // Without a contact of hers the whole week is too thin, in three parts: her leave, and Bình's turn after
  // An's.
  kept(rosters.save_person({.id = chi, .name = "Chi"}, "lan"));
  outlook = kept(periods.outlook(tet()));
  ASSERT_EQ(outlook.gaps.size(), 3u);
  EXPECT_EQ(outlook.gaps.front().from, outlook.period.begins);
  EXPECT_EQ(outlook.gaps.back().to, outlook.period.ends);
  EXPECT_THAT(outlook.gaps.front().not_counted, ElementsAre(chi));
  EXPECT_THAT(outlook.gaps.back().there, ElementsAre(binh));
}

TEST_F(PeriodsTest, OnePersonTwiceIsOnePerson) {
  auto period = tet();
  period.tiers[0].beside[0].members = {an};
  auto outlook = kept(periods.outlook(period));
  ASSERT_EQ(outlook.gaps.size(), 1u) << "until Bình's turn";
  EXPECT_EQ(outlook.gaps[0].to, *parse_rfc3339("2026-02-16T00:00:00Z"));
}

TEST_F(PeriodsTest, AGapIsAnAlertOnceAndIsResolvedWhenSomebodyIsFound) {
  auto period = tet();
  period.tiers[0].beside.clear();
  period = saved(period);
  ASSERT_EQ(gap_alerts().size(), 1u);
  EXPECT_EQ(gap_alerts()[0].severity, Severity::kHigh) << "within a day";
  EXPECT_THAT(
      render(gap_alerts()[0].reason, Language::kEnglish),
      HasSubstr("From 2026-02-14 00:00 (Asia/Ho_Chi_Minh) to 2026-02-16 07:00 (Asia/Ho_Chi_Minh) only An"));
  EXPECT_EQ(kept(periods.check_coverage()), 0u) << "nothing new";
  EXPECT_EQ(gap_alerts()[0].count, 1);
  auto mended = tet();
  mended.id = period.id;
  mended.revision = period.revision;
  saved(mended);
  EXPECT_TRUE(gap_alerts()[0].condition_resolved);
}

TEST_F(PeriodsTest, APeriodThatIsOverOrRemovedMissesNobody) {
  auto period = tet();
  period.tiers[0].beside.clear();
  auto first = saved(period);
  ASSERT_TRUE(periods.remove(first.id, "lan"));
  EXPECT_TRUE(gap_alerts()[0].condition_resolved);
  EXPECT_EQ(periods.period(first.id).error().code(), ErrorCode::kNotFound);
  saved(period);
  clock.advance(hours(24 * 9));
  EXPECT_EQ(kept(periods.check_coverage()), 1u);
  auto alerts = gap_alerts();
  EXPECT_TRUE(std::ranges::all_of(alerts, &Alert::condition_resolved));
}

TEST_F(PeriodsTest, WhatHasBegunIsEndedAndNotRemoved) {
  auto period = saved(tet());
  EXPECT_EQ(periods.end(period.id, "lan").error().code(), ErrorCode::kConflict);
  clock.advance(hours(17));
  EXPECT_EQ(periods.remove(period.id, "lan").error().code(), ErrorCode::kConflict);
  auto ended = kept(periods.end(period.id, "lan"));
  EXPECT_EQ(ended.ends, clock.wall());
  EXPECT_EQ(ended.ended_by, "lan");
  EXPECT_EQ(periods.save(ended, "lan").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(kept(periods.outlook(ended)).period.ends, clock.wall());
}

TEST_F(PeriodsTest, AChangeOfAnOlderRevisionIsRefused) {
  auto first = saved(tet());
  auto second = first;
  second.name = "Tết";
  saved(second);
  EXPECT_EQ(periods.save(first, "lan").error().code(), ErrorCode::kConflict);
}

TEST_F(PeriodsTest, OfSeveralTheShortestTimesHoldAndAllAreBeside) {
  auto other = tet();
  other.name = "Bầu cử";
  other.timer_percent = 20;
  other.tiers[0].beside[0].members = {binh};
  saved(tet());
  auto outlook = kept(periods.outlook(saved(other)));
  ASSERT_EQ(outlook.with.size(), 1u);
  EXPECT_EQ(outlook.with[0].name, "Tết Bính Ngọ");
  use_tier();
  clock.advance(hours(17));
  raise(finding("during"));
  EXPECT_EQ(*find("during").next_step_at, clock.wall() + Minutes(2));
  work();
  EXPECT_THAT(mailed(), testing::IsSupersetOf(
                            {"an@duty.example.org", "binh@duty.example.org", "chi@duty.example.org"}));
}

TEST_F(PeriodsTest, BeginningWithItemsOpenIsAnAlertUntilAllAreTicked) {
  auto period = saved(tet());
  ASSERT_GE(period_checklist().size(), 5u);
  EXPECT_EQ(kept(periods.check_readiness()), 0u) << "not before it begins";
  const auto& first = period_checklist().front().id;
  ASSERT_TRUE(periods.tick(period.id, first, true, "gọi hết", "lan"));
  auto list = kept(periods.checklist(period.id));
  EXPECT_EQ(list.front().tick->by, "lan");
  EXPECT_EQ(list.front().tick->at, clock.wall());
  EXPECT_EQ(list.front().tick->note, "gọi hết");
  clock.advance(hours(17));
  EXPECT_EQ(kept(periods.check_readiness()), 1u);
  EXPECT_EQ(kept(periods.check_readiness()), 0u) << "once";
  auto alert = find(fmt::format("desk/period/{}/readiness", period.id));
  EXPECT_EQ(alert.kind, kPeriodUnready);
  EXPECT_EQ(alert.severity, Severity::kHigh);
  for (const auto& item : period_checklist()) ASSERT_TRUE(periods.tick(period.id, item.id, true, "", "an"));
  EXPECT_EQ(kept(periods.open_items(period.id)), 0u);
  EXPECT_TRUE(find(alert.dedup_key).condition_resolved);
  ASSERT_TRUE(periods.tick(period.id, first, false, "", "an"));
  EXPECT_FALSE(find(alert.dedup_key).condition_resolved);
  EXPECT_EQ(periods.tick(period.id, "no_such", true, "", "an").error().code(), ErrorCode::kNotFound);
}

TEST_F(PeriodsTest, TheFreezeRunsWithinThePeriodAndItsExceptionsAreKept) {
  auto period = tet();
  period.freeze_from = *parse_local_text("2026-02-14T12:00");
  period.freeze_to = *parse_local_text("2026-02-20T12:00");
  period = saved(period);
  EXPECT_EQ(*periods.period(period.id), period);
  clock.advance(hours(17));
  EXPECT_FALSE(kept(periods.freeze()));
  clock.advance(hours(12));
  ASSERT_TRUE(kept(periods.freeze()));
  EXPECT_EQ(kept(periods.freeze())->id, period.id);
  EXPECT_EQ(periods.note_exception(period.id, "approveSnapshot", "7", "", "an").error().code(),
            ErrorCode::kInvalid);
  ASSERT_TRUE(periods.note_exception(period.id, "approveSnapshot", "7", "sửa lỗi chính tả", "an"));
  auto kept_ones = kept(periods.exceptions(period.id));
  ASSERT_EQ(kept_ones.size(), 1u);
  EXPECT_EQ(kept_ones[0].reason, "sửa lỗi chính tả");
  EXPECT_EQ(kept_ones[0].by, "an");
  kept(periods.end(period.id, "lan"));
  EXPECT_FALSE(kept(periods.freeze())) << "it ends with its period";
}

TEST_F(PeriodsTest, NamesTheFieldThatIsWrong) {
  auto wrong = [&](const std::function<void(WatchPeriod&)>& change) {
    auto period = tet();
    change(period);
    auto saved = periods.save(period, "lan");
    EXPECT_FALSE(saved);
    return saved ? std::string() : saved.error().full();
  };
  EXPECT_THAT(wrong([](auto& one) { one.name.clear(); }), HasSubstr("name"));
  EXPECT_THAT(wrong([](auto& one) { one.zone = "Asia/Hanoi"; }), HasSubstr("zone"));
  EXPECT_THAT(wrong([](auto& one) { one.to = one.from; }), HasSubstr("to:"));
  EXPECT_THAT(wrong([](auto& one) { one.to = one.from + hours(24 * 93); }), HasSubstr("92 days"));
  EXPECT_THAT(wrong([](auto& one) { one.from -= hours(24 * 30), one.to -= hours(24 * 30); }),
              HasSubstr("over"));
  EXPECT_THAT(wrong([](auto& one) { one.timer_percent = 0; }), HasSubstr("timer_percent"));
  EXPECT_THAT(wrong([](auto& one) { one.policy_id = "x"; }), HasSubstr("policy_id"));
  EXPECT_THAT(wrong([](auto& one) { one.freeze_from = one.from; }), HasSubstr("freeze_to"));
  EXPECT_THAT(wrong([](auto& one) { one.freeze_from = one.from, one.freeze_to = one.to + hours(1); }),
              HasSubstr("freeze_to"));
  EXPECT_THAT(wrong([](auto& one) { one.tiers[0].tier = "x"; }), HasSubstr("tiers[0].tier"));
  EXPECT_THAT(wrong([](auto& one) { one.tiers[0].people = 9; }), HasSubstr("tiers[0].people"));
  EXPECT_THAT(wrong([](auto& one) { one.tiers[0].beside[0].members = {"x"}; }),
              HasSubstr("tiers[0].beside[0].members[0]"));
  EXPECT_THAT(wrong([](auto& one) { one.tiers.push_back(one.tiers[0]); }), HasSubstr("tiers[1].tier"));
}

}  // namespace
}  // namespace vedette::desk
