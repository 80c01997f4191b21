#include "sites/watch/schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
const SteadyTime kStart{std::chrono::hours(1)};

TEST(Schedule, TakesTheLongestWaitingFirstAndOnlyWhatIsDue) {
  Schedule schedule;
  schedule.set("b", kStart + 2s);
  schedule.set("a", kStart + 1s);
  schedule.set("c", kStart + 3s);
  auto due = schedule.take(kStart + 2s, 10);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].key, "a");
  EXPECT_EQ(due[1].key, "b");
  EXPECT_EQ(schedule.next(), kStart + 3s);
}

TEST(Schedule, UrgentKeysGoFirstAndHaveRoomOfTheirOwn) {
  Schedule schedule;
  ManualClock clock;
  auto now = clock.steady();
  schedule.set("late", now - std::chrono::seconds(50));
  schedule.set("confirm", now - std::chrono::seconds(1), true);
  schedule.set("later", now + std::chrono::seconds(5), true);
  EXPECT_EQ(schedule.next(), now - std::chrono::seconds(50));
  EXPECT_EQ(schedule.due(now), 2u);
  auto due = schedule.take(now, 0, 3);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].key, "confirm");
  due = schedule.take(now, 5);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].key, "late");
  schedule.set("later", now);  // no longer urgent
  EXPECT_TRUE(schedule.take(now, 0, 3).empty());
  EXPECT_EQ(schedule.size(), 1u);
}

TEST(Schedule, MovesAndRemovesKeys) {
  Schedule schedule;
  schedule.set("a", kStart + 60s);
  schedule.set("a", kStart);
  schedule.set("b", kStart);
  schedule.remove("b");
  schedule.remove("unknown");
  EXPECT_EQ(schedule.size(), 1u);
  EXPECT_EQ(schedule.take(kStart, 10).size(), 1u);
  EXPECT_TRUE(schedule.take(kStart + 120s, 10).empty());
}

TEST(Schedule, HonoursTheLimit) {
  Schedule schedule;
  for (int i = 0; i < 10; ++i) schedule.set(std::to_string(i), kStart);
  EXPECT_EQ(schedule.take(kStart, 3).size(), 3u);
  EXPECT_EQ(schedule.size(), 7u);
}

TEST(Jitter, StaysWithinATenth) {
  Jitter jitter(7);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    auto delay = jitter.around(60s);
    EXPECT_GE(delay, 54s);
    EXPECT_LE(delay, 66s);
    seen.insert(delay.count());
  }
  EXPECT_GT(seen.size(), 500u);
}

TEST(FirstDelay, ARestartSpreadsOverdueSitesAndKeepsTheOthersTimes) {
  ManualClock clock;
  Jitter jitter(7);
  EXPECT_EQ(first_delay(clock.wall() + 17s, clock.wall(), 60s, jitter), 17s);
  int early = 0;
  for (int i = 0; i < 2000; ++i) {
    auto delay = first_delay(clock.wall() - 1h, clock.wall(), 60s, jitter);
    EXPECT_LT(delay, 60s);
    early += delay < 6s;
  }
  EXPECT_GT(early, 100);  // a tenth of the sites in a tenth of the minute
  EXPECT_LT(early, 300);
  EXPECT_LT(first_delay(clock.wall() + 24h, clock.wall(), 60s, jitter),
            60s);  // the wall clock went back a day
  EXPECT_LT(first_delay(std::nullopt, clock.wall(), 1h, jitter), 60s);
}

}  // namespace
}  // namespace vedette::sites
