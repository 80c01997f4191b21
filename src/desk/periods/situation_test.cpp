#include "desk/periods/situation.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "desk/desk_fixture.h"
#include "desk/escalation/policies.h"
#include "desk/periods/periods.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct SituationTest : DeskTest {
  Periods periods{*database, *desk, clock};
  Policies policies{*database, clock};
  std::vector<HandoverItem> open{{.kind = "incident", .id = "1", .title = {"Sự cố", "Incident"}}};
  SituationReports reports{*database, *desk, clock,
                           [this] { return Result<std::vector<HandoverItem>>(open); }};
  std::string period;

  // Three days from 14 February, 00:00 in Hà Nội; it is 01:00 of the first.
  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-02-13T18:00:00Z") - clock.wall());
    two_steps();
    auto saved = periods.save({.name = "Tết",
                               .from = *parse_local_text("2026-02-14T00:00"),
                               .to = *parse_local_text("2026-02-17T00:00")},
                              "lan");
    ASSERT_TRUE(saved) << saved.error().full();
    period = saved->id;
  }
  std::string readers(Severity least) {
    EscalationPolicy policy;
    policy.name = "Người đọc";
    policy.watches = {Watch::kMessages};
    policy.least = least;
    policy.repeat_last_minutes = 0;
    policy.steps = {{0, {{TargetKind::kChannel, mail_channel, ""}}}};
    auto saved = policies.save(policy, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? saved->id : "";
  }
  std::vector<SituationReport> made() { return copy_of(reports.reports(period)); }
};

TEST_F(SituationTest, IsMadeOnceADayAtItsTimeWhileThePeriodRuns) {
  ASSERT_TRUE(reports.set_schedule(period, {7 * 60 + 30, ""}, "lan"));
  clock.advance(hours(6) + std::chrono::minutes(30) - seconds(1));
  EXPECT_EQ(*reports.check(), 0u);
  clock.advance(seconds(1));
  EXPECT_EQ(*reports.check(), 1u);
  EXPECT_EQ(*reports.check(), 0u);
  ASSERT_EQ(made().size(), 1u);
  EXPECT_EQ(made()[0].day, "2026-02-14");
  clock.advance(hours(23));
  EXPECT_EQ(*reports.check(), 0u);
  clock.advance(hours(3));  // nothing ran at half past seven
  EXPECT_EQ(*reports.check(), 1u);
  clock.advance(hours(24 * 3));
  EXPECT_EQ(*reports.check(), 0u) << "the period is over";
  EXPECT_EQ(made().size(), 2u);
}

TEST_F(SituationTest, WithoutATimeNoneIsMade) {
  clock.advance(hours(20));
  EXPECT_EQ(*reports.check(), 0u);
}

TEST_F(SituationTest, IsFrozenWithItsHash) {
  raise(finding("a", Severity::kCritical));
  auto report = reports.make(period, "lan");
  ASSERT_TRUE(report) << report.error().full();
  EXPECT_EQ(report->sha256, sha256_hex(report->list));
  auto items = handover_list(report->list)->items;
  EXPECT_EQ(items.front().severity, "critical");
  EXPECT_EQ(items.front().title.en, "1 unanswered, 0 taken, 1 raised in 24 hours");
  EXPECT_EQ(items.back().title.en, "Incident");
  raise(finding("b", Severity::kCritical));
  EXPECT_EQ(copy_of(reports.report(report->id)).list, report->list);
  EXPECT_EQ(reports.make(period, "lan").error().code(), ErrorCode::kConflict) << "one a day";
  clock.advance(hours(24 * 4));
  EXPECT_EQ(reports.make(period, "lan").error().code(), ErrorCode::kConflict) << "the period is over";
}

TEST_F(SituationTest, IsSentByThePolicyThatItsScheduleNames) {
  auto high_only = readers(Severity::kHigh);
  EXPECT_EQ(reports.set_schedule(period, {0, high_only}, "lan").error().code(), ErrorCode::kInvalid);
  ASSERT_TRUE(policies.remove(high_only, "lan"));
  ASSERT_TRUE(reports.set_schedule(period, {2 * 60, readers(Severity::kInformational)}, "lan"));
  clock.advance(hours(1));
  EXPECT_EQ(*reports.check(), 1u);
  work();
  ASSERT_FALSE(sent.mails.empty());
  EXPECT_THAT(sent.mails.front().text, testing::HasSubstr("Báo cáo tình hình ngày 2026-02-14, Tết"));
}

TEST_F(SituationTest, WithoutAPolicyItIsShownAndNotSent) {
  ASSERT_TRUE(reports.make(period, "lan"));
  work();
  EXPECT_TRUE(sent.mails.empty());
  EXPECT_EQ(find("desk/period/" + period + "/report/2026-02-14").kind, kSituationReport);
}

}  // namespace
}  // namespace vedette::desk
