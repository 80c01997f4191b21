#include "server/logs/source_habits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/logs/log_migrations.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Hour {
  std::uint64_t events = 1'200, unread = 0;
  std::map<std::string, std::uint64_t> kinds{{"4624", 900}, {"4634", 300}};
};

struct SourceHabitsTest : testing::Test, FindingSink {
  SourceHabitsTest() { start(); }
  void start() {
    habits.reset();
    database.reset();
    const std::vector<store::Migration> migrations(log_migrations().begin(), log_migrations().end());
    database = store::open_sqlite({.path = folder / "v.db"}, migrations, clock, metrics).value();
    habits = SourceHabits::open(*database, *this, clock).value();
    heard.clear();
  }
  Result<void> report(const std::vector<Finding>& findings) override {
    if (broken) return fail(ErrorCode::kUnavailable, "the desk is away");
    for (const auto& one : findings) {
      told.push_back((one.state == FindingState::kPresent ? "" : "not ") + one.reason.key + " " + one.before +
                     " -> " + one.after);
      last = one;
    }
    return {};
  }
  void look() {
    std::vector<SourceHabits::Heard> all;
    for (const auto& [id, one] : heard) all.push_back(one);
    habits->look(all);
  }
  // One hour, looked at every minute as the server does more often.
  void pass(const Hour& hour, const std::string& id = "web", bool silence_is_told = true) {
    auto& one = heard[id];
    one.id = one.name = id;
    one.silence_is_told = silence_is_told;
    for (int minute = 0; minute < 60; ++minute) {
      if (minute == 10 && hour.events > 0) {
        one.events += hour.events;
        one.unread += hour.unread;
        for (const auto& [kind, events] : hour.kinds) one.kinds.add(kind, events);
      }
      clock.advance(1min);
      look();
    }
  }
  void weeks(int count, const Hour& hour = {}) {
    for (int i = 0; i < count * 7 * 24; ++i) pass(hour);
  }

  store::TemporaryFolder folder;
  ManualClock clock{WallTime(std::chrono::hours(495'432))};
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<SourceHabits> habits;
  std::map<std::string, SourceHabits::Heard> heard;
  std::vector<std::string> told;
  Finding last;
  bool broken = false;
};

TEST_F(SourceHabitsTest, ARateFarBeyondTheHabitIsToldAfterTwoHoursAndSoIsItsReturn) {
  look();
  weeks(3);
  EXPECT_THAT(told, IsEmpty());
  const auto view = habits->view().at("web");
  ASSERT_TRUE(view.usual);
  EXPECT_EQ(view.usual->median, 1'200);
  EXPECT_EQ(view.last_hour, 1'200);
  pass({.events = 12'000, .kinds = {{"4624", 9'000}, {"4634", 3'000}}});
  EXPECT_THAT(told, IsEmpty()) << "one hour is no news";
  pass({.events = 11'000, .kinds = {{"4624", 9'000}, {"4634", 3'000}}});
  EXPECT_THAT(told, ElementsAre("logs.source_rate.more 1200 (1200–1200) -> 11000"));
  EXPECT_EQ(last.severity, Severity::kMedium);
  EXPECT_EQ(last.dedup_key, "logs/habit/source_rate/web");
  EXPECT_EQ(habits->view().at("web").rate, logs::Departure::kAbove);
  pass({});
  pass({});
  EXPECT_EQ(told.size(), 2);
  EXPECT_EQ(told.back(), "not logs.source_rate.back 1200 (1200–1200) -> 1200");
}

TEST_F(SourceHabitsTest, TooLittleIsToldAndNothingIsLeftToTheWatchForSilence) {
  look();
  weeks(3);
  pass({.events = 0});
  pass({.events = 0});
  EXPECT_THAT(told, IsEmpty()) << "SourceSilence tells it";
  pass({.events = 100, .kinds = {{"4624", 75}, {"4634", 25}}});
  pass({.events = 100, .kinds = {{"4624", 75}, {"4634", 25}}});
  EXPECT_THAT(told, ElementsAre("logs.source_rate.less 1200 (1200–1200) -> 100"));
}

TEST_F(SourceHabitsTest, OfAnAgentsFilesNothingAtAllIsTellingToo) {
  look();
  for (int i = 0; i < 3 * 7 * 24; ++i) pass({}, "agent/a/auth.log", false);
  start();
  look();
  for (int i = 0; i < 3; ++i) {
    heard.clear();
    for (int minute = 0; minute < 60; ++minute) clock.advance(1min), look();
  }
  EXPECT_THAT(told, ElementsAre("logs.source_rate.less 1200 (1200–1200) -> 0")) << "also over a restart";
}

TEST_F(SourceHabitsTest, LinesThatCannotBeReadAndOtherKindsAreTold) {
  look();
  weeks(3);
  for (int i = 0; i < 2; ++i) pass({.events = 1'200, .unread = 600});
  EXPECT_THAT(told, ElementsAre("logs.source_unread.more 0% (0%–0%) -> 50%"));
  told.clear();
  for (int i = 0; i < 2; ++i) pass({.events = 1'200, .kinds = {{"4625", 1'100}, {"4624", 100}}});
  EXPECT_THAT(told, testing::Contains(
                        "logs.source_kinds.more 4625 1%, 4624 75%, 4634 25% -> 4625 92%, 4624 8%, 4634 0%"));
}

TEST_F(SourceHabitsTest, SurvivesARestartAndAnHourOfItIsNotKnown) {
  look();
  weeks(3);
  pass({.events = 12'000});
  const auto hours = habits->view().at("web").hours;
  start();
  EXPECT_EQ(habits->view().at("web").hours, hours);
  clock.advance(20min);
  look();
  pass({.events = 12'000});
  EXPECT_EQ(habits->view().at("web").hours, hours) << "nobody counted that hour from its beginning";
  pass({.events = 12'000});
  EXPECT_THAT(told, ElementsAre(testing::HasSubstr("logs.source_rate.more")));
}

TEST_F(SourceHabitsTest, AJumpOfTheWallClockMakesAnHourUnknown) {
  look();
  weeks(3);
  const auto hours = habits->view().at("web").hours;
  for (int i = 0; i < 3; ++i) {
    clock.jump_wall(30min);
    pass({.events = 12'000});
  }
  EXPECT_THAT(told, IsEmpty());
  EXPECT_LE(habits->view().at("web").hours, hours);
}

TEST_F(SourceHabitsTest, WhatStaysBecomesTheHabit) {
  look();
  weeks(3);
  weeks(4, {.events = 12'000, .kinds = {{"4624", 9'000}, {"4634", 3'000}}});
  ASSERT_EQ(told.size(), 2);
  EXPECT_THAT(told[0], testing::StartsWith("logs.source_rate.more"));
  EXPECT_THAT(told[1], testing::StartsWith("not logs.source_rate.back"));
}

TEST_F(SourceHabitsTest, WhatCouldNotBeReportedIsTriedAgain) {
  look();
  weeks(3);
  broken = true;
  for (int i = 0; i < 2; ++i) pass({.events = 12'000});
  broken = false;
  clock.advance(10s);
  look();
  look();
  EXPECT_THAT(told, ElementsAre(testing::HasSubstr("logs.source_rate.more")));
}

}  // namespace
}  // namespace vedette::server
