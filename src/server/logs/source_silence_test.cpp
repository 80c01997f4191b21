#include "server/logs/source_silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/logs/log_migrations.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;

struct SourceSilenceTest : testing::Test, FindingSink {
  SourceSilenceTest() { start(); }
  void start() {
    silence.reset();
    database.reset();
    const std::vector<store::Migration> migrations(log_migrations().begin(), log_migrations().end());
    database = store::open_sqlite({.path = folder / "v.db"}, migrations, clock, metrics).value();
    silence = SourceSilence::open(*database, *this, clock, 15min).value();
    heard.clear();
  }
  Result<void> report(const std::vector<Finding>& findings) override {
    if (broken) return fail(ErrorCode::kUnavailable, "the desk is away");
    for (const auto& one : findings)
      told.push_back(one.asset.name + (one.state == FindingState::kPresent ? " " : " not ") + one.reason.key);
    return {};
  }
  void speak(const std::string& id) { heard[id] = {id, id, clock.wall(), heard[id].events + 1}; }
  void pass(std::chrono::minutes time) {
    clock.advance(time);
    std::vector<SourceSilence::Heard> all;
    for (const auto& [id, one] : heard) all.push_back(one);
    silence->look(all);
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<SourceSilence> silence;
  std::map<std::string, SourceSilence::Heard> heard;
  std::vector<std::string> told;
  bool broken = false;
};

TEST_F(SourceSilenceTest, TellsSilenceAndReturnOnce) {
  speak("web");
  pass(15min);
  EXPECT_THAT(told, ElementsAre());
  pass(1min);
  pass(1min);
  EXPECT_THAT(told, ElementsAre("web logs.source_silent.reason"));
  speak("web");
  pass(1min);
  pass(1min);
  EXPECT_THAT(told, ElementsAre("web logs.source_silent.reason", "web not logs.source_silent.back"));
}

TEST_F(SourceSilenceTest, AJumpOfTheWallClockMakesNobodySilentAndHidesNobody) {
  speak("web");
  pass(1min);
  clock.jump_wall(24h);
  pass(1min);
  EXPECT_THAT(told, ElementsAre());
  clock.jump_wall(-48h);
  speak("web");
  pass(15min);
  EXPECT_THAT(told, ElementsAre());
  clock.jump_wall(-1h);
  pass(1min);
  EXPECT_THAT(told, ElementsAre("web logs.source_silent.reason"));
}

TEST_F(SourceSilenceTest, WhoFallsSilentWhileTheServerStartsAgainIsTold) {
  speak("web");
  speak("mail");
  pass(1min);
  clock.advance(60min);
  start();
  speak("mail");
  pass(14min);
  EXPECT_THAT(told, ElementsAre()) << "the time in which nobody could be heard does not count";
  speak("mail");
  pass(2min);
  EXPECT_THAT(told, ElementsAre("web logs.source_silent.reason_before"));
  start();
  pass(20min);
  EXPECT_THAT(told,
              ElementsAre("web logs.source_silent.reason_before", "mail logs.source_silent.reason_before"));
  speak("web");
  pass(1min);
  EXPECT_EQ(told.back(), "web not logs.source_silent.back");
}

TEST_F(SourceSilenceTest, WhatCouldNotBeReportedIsTriedAgain) {
  speak("web");
  broken = true;
  pass(16min);
  broken = false;
  pass(1min);
  EXPECT_THAT(told, ElementsAre("web logs.source_silent.reason"));
}

TEST_F(SourceSilenceTest, IsForgottenAfterAWhile) {
  speak("web");
  pass(16min);
  heard.clear();
  pass(91 * 24h);
  start();
  told.clear();
  pass(16min);
  EXPECT_THAT(told, ElementsAre());
}

}  // namespace
}  // namespace vedette::server
