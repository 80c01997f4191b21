#include "desk/performance.h"

#include <gtest/gtest.h>

#include <random>

#include "desk/desk_fixture.h"
#include "desk/escalation/auditor.h"

namespace vedette::desk {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
constexpr std::int64_t kMinuteMs = 60'000;

struct PerformanceTest : DeskTest {
  WallTime begin = clock.wall();
  Performance figures() { return copy_of(performance(*database, begin, clock.wall() + seconds(1))); }
};

TEST(Spread, IsTheNearestRank) {
  std::mt19937 random(7);
  for (std::size_t size : {1u, 2u, 3u, 20u, 99u, 100u, 101u, 1000u}) {
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < size; ++i) values.push_back(static_cast<std::int64_t>(random() % 500));
    auto spread = spread_of(values);
    for (auto [percent, value] :
         {std::pair(50u, spread.p50), std::pair(95u, spread.p95), std::pair(99u, spread.p99)}) {
      auto within = [&](std::int64_t most) {
        return std::ranges::count_if(values, [&](std::int64_t one) { return one <= most; });
      };
      EXPECT_GE(static_cast<std::size_t>(within(value)) * 100, size * percent);
      EXPECT_LT(static_cast<std::size_t>(within(value - 1)) * 100, size * percent);
      EXPECT_GT(std::ranges::count(values, value), 0);
    }
    EXPECT_EQ(spread.count, static_cast<std::int64_t>(size));
  }
  EXPECT_EQ(spread_of({}).count, 0);
}

TEST_F(PerformanceTest, CountsFromRaisedToAnsweredAndToClosed) {
  two_steps();
  auto first = raise(finding("k1"));
  auto second = raise(finding("k2"));
  raise(finding("k3"));
  auto low = raise(finding("k4", Severity::kLow));
  clock.advance(4min);
  ASSERT_TRUE(desk->acknowledge(first.id, "lan", ""));
  clock.advance(6min);
  ASSERT_TRUE(desk->close(first.id, Resolution::kTruePositive, "", "lan"));
  ASSERT_TRUE(desk->close(second.id, Resolution::kFalsePositive, "", "lan"));
  auto out = figures();
  ASSERT_EQ(out.answers.size(), 2u);
  const auto& critical = out.answers[0];
  EXPECT_EQ(critical.severity, Severity::kCritical);
  EXPECT_EQ(critical.alerts, 3);
  EXPECT_EQ(critical.unanswered, 1);
  EXPECT_EQ(critical.open, 1);
  EXPECT_EQ(critical.acknowledge.count, 2);
  EXPECT_EQ(critical.acknowledge.p50, 4 * kMinuteMs);
  EXPECT_EQ(critical.acknowledge.p99, 10 * kMinuteMs) << "closed without an acknowledgement";
  EXPECT_EQ(critical.acknowledge.mean, 7 * kMinuteMs);
  EXPECT_EQ(critical.close.p50, 10 * kMinuteMs);
  EXPECT_EQ(out.answers[1].alerts, 1);
  EXPECT_EQ(out.answers[1].close.count, 0);
  ASSERT_EQ(out.false_alarms.size(), 1u);
  EXPECT_EQ(out.false_alarms[0].closed, 2);
  EXPECT_EQ(out.false_alarms[0].false_positive, 1);
  EXPECT_EQ(out.false_alarms[0].kind, "page_replaced");
}

TEST_F(PerformanceTest, WhatWasMergedCountsOnceAndWhatIsOlderNot) {
  raise(finding("old"));
  clock.advance(1min);
  begin = clock.wall();
  auto root = raise(finding("k1"));
  auto twin = raise(finding("k2"));
  ASSERT_TRUE(desk->merge(twin.id, root.id, "lan"));
  auto out = figures();
  ASSERT_EQ(out.answers.size(), 1u);
  EXPECT_EQ(out.answers[0].alerts, 1);
  EXPECT_TRUE(out.false_alarms.empty()) << "a duplicate is no verdict";
}

TEST_F(PerformanceTest, EachRuleOfTheLogsHasItsOwnShare) {
  for (auto [key, verdict] : {std::pair("logs/ssh-guess/a", Resolution::kFalsePositive),
                              std::pair("logs/ssh-guess/b", Resolution::kTruePositive),
                              std::pair("logs/log-cleared/a", Resolution::kTruePositive)}) {
    auto one = finding(key);
    one.watch = Watch::kLogs;
    one.kind = "rule_match";
    ASSERT_TRUE(desk->close(raise(one).id, verdict, "", "lan"));
  }
  auto out = figures();
  ASSERT_EQ(out.false_alarms.size(), 2u);
  EXPECT_EQ(out.false_alarms[0].rule, "ssh-guess");
  EXPECT_EQ(out.false_alarms[0].closed, 2);
  EXPECT_EQ(out.false_alarms[0].false_positive, 1);
  EXPECT_EQ(out.false_alarms[1].rule, "log-cleared");
}

TEST_F(PerformanceTest, AMissedStepIsCountedOnce) {
  two_steps();
  raise(finding());
  work();
  EXPECT_EQ(figures().missed_escalations, 0);
  clock.advance(10min + 31s);  // nobody climbs
  EXPECT_EQ(*desk->audit_escalation(), 1);
  EXPECT_EQ(*desk->audit_escalation(), 1);
  EXPECT_EQ(figures().missed_escalations, 1);
  work();
  EXPECT_EQ(*desk->audit_escalation(), 0);
  EXPECT_EQ(figures().missed_escalations, 1) << "that it is over is no other one";
}

}  // namespace
}  // namespace vedette::desk
