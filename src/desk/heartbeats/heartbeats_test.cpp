#include "desk/heartbeats/heartbeats.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

struct HeartbeatsTest : DeskTest {
  std::unique_ptr<Heartbeats> beats = std::make_unique<Heartbeats>(*database, *desk, clock);
  std::string token;

  Heartbeat added(seconds every = 10min, seconds grace = 1min) {
    auto made = beats->add({.name = "Sao lưu đêm", .every = every, .grace = grace, .made_by = "lan"});
    EXPECT_TRUE(made) << made.error().full();
    if (!made) return {};
    token = made->second;
    return made->first;
  }
  std::size_t check() {
    auto found = beats->check();
    EXPECT_TRUE(found) << found.error().full();
    return found.value_or(0);
  }
  Heartbeat only() { return copy_of(beats->heartbeats()).at(0); }
  void new_process(std::optional<WallTime> alive_until) {
    beats = std::make_unique<Heartbeats>(*database, *desk, clock);
    auto started = beats->start(alive_until);
    EXPECT_TRUE(started) << started.error().full();
  }
};

TEST_F(HeartbeatsTest, SilenceIsOneAlertAndACallEndsIt) {
  auto one = added();
  EXPECT_TRUE(beats->beat(token));
  clock.advance(11min);
  EXPECT_EQ(check(), 0u) << "within the grace";
  clock.advance(1s);
  EXPECT_EQ(check(), 1u);
  EXPECT_EQ(check(), 0u) << "told once";
  auto alert = find("desk/heartbeat/" + one.id);
  EXPECT_EQ(alert.kind, kHeartbeatMissing);
  EXPECT_EQ(alert.asset.name, "Sao lưu đêm");
  EXPECT_EQ(alert.reason.key, "desk.heartbeat_missing.reason");
  EXPECT_EQ(alert.reason.arguments.at("every"), "10 min");
  EXPECT_TRUE(only().missing);

  EXPECT_TRUE(beats->beat(token));
  alert = find("desk/heartbeat/" + one.id);
  EXPECT_TRUE(alert.condition_resolved);
  EXPECT_EQ(alert.reason.key, "desk.heartbeat_missing.resolved");
  EXPECT_FALSE(only().missing);
  EXPECT_EQ(only().last_at, clock.wall());
  clock.advance(12min);
  EXPECT_EQ(check(), 1u) << "silent again: told again";
  EXPECT_FALSE(find("desk/heartbeat/" + one.id).condition_resolved);
}

TEST_F(HeartbeatsTest, WhoNeverCallsIsToldToo) {
  auto one = added();
  clock.advance(12min);
  EXPECT_EQ(check(), 1u);
  EXPECT_EQ(find("desk/heartbeat/" + one.id).reason.key, "desk.heartbeat_missing.never");
}

TEST_F(HeartbeatsTest, AJumpOfTheWallClockMakesNobodySilentOrAlive) {
  added();
  EXPECT_TRUE(beats->beat(token));
  clock.jump_wall(48h);
  EXPECT_EQ(check(), 0u);
  clock.jump_wall(-96h);
  clock.advance(12min);
  EXPECT_EQ(check(), 1u);
}

TEST_F(HeartbeatsTest, AQuickRestartGoesOnFromTheLastCall) {
  added();
  EXPECT_TRUE(beats->beat(token));
  clock.advance(10min);
  auto alive_until = clock.wall();
  clock.advance(20s);
  new_process(alive_until);
  EXPECT_EQ(check(), 0u);
  clock.advance(41s);
  EXPECT_EQ(check(), 1u);
}

TEST_F(HeartbeatsTest, WhereTheServerWasAwayEverybodyHasTheWholeTimeAgain) {
  added();
  EXPECT_TRUE(beats->beat(token));
  clock.advance(5min);
  auto alive_until = clock.wall();
  clock.advance(30min);
  new_process(alive_until);
  EXPECT_EQ(check(), 0u) << "its calls found no server";
  clock.advance(11min);
  EXPECT_EQ(check(), 0u);
  clock.advance(1s);
  EXPECT_EQ(check(), 1u);
}

TEST_F(HeartbeatsTest, WhatWasMissingStaysMissingOverARestartAndIsNotToldTwice) {
  added();
  clock.advance(12min);
  EXPECT_EQ(check(), 1u);
  new_process(clock.wall());
  clock.advance(60min);
  EXPECT_EQ(check(), 0u);
  EXPECT_TRUE(beats->beat(token));
  EXPECT_FALSE(only().missing);
}

TEST_F(HeartbeatsTest, PausedItIsNotWaitedForAndGoesOnWithTheWholeTime) {
  auto one = added();
  clock.advance(12min);
  EXPECT_EQ(check(), 1u);
  one.paused = true;
  EXPECT_TRUE(beats->change(one, "lan"));
  EXPECT_EQ(find("desk/heartbeat/" + one.id).reason.key, "desk.heartbeat_missing.paused");
  clock.advance(60min);
  EXPECT_EQ(check(), 0u);
  one.paused = false;
  EXPECT_TRUE(beats->change(one, "lan"));
  clock.advance(11min);
  EXPECT_EQ(check(), 0u);
  clock.advance(1s);
  EXPECT_EQ(check(), 1u);
}

TEST_F(HeartbeatsTest, RemovedItsTokenIsNobodys) {
  auto one = added();
  clock.advance(12min);
  EXPECT_EQ(check(), 1u);
  EXPECT_TRUE(beats->remove(one.id, "lan"));
  EXPECT_TRUE(find("desk/heartbeat/" + one.id).condition_resolved);
  EXPECT_EQ(beats->beat(token).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(beats->remove(one.id, "lan").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(check(), 0u);
}

TEST_F(HeartbeatsTest, ATokenIsNotStored) {
  added();
  auto rows = copy_of([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    TRY(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto found, session.query("SELECT token_hash FROM heartbeats"));
      for (const auto& row : found) out.push_back(row.text(0));
      return {};
    }));
    return out;
  }());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NE(rows[0], token);
  EXPECT_EQ(beats->beat(rows[0]).error().code(), ErrorCode::kNotFound);
}

TEST_F(HeartbeatsTest, ACallerThatRunsWildIsNotedOnceASecond) {
  added();
  EXPECT_TRUE(beats->beat(token));
  auto first = only().last_at;
  clock.advance(500ms);
  EXPECT_TRUE(beats->beat(token));
  EXPECT_EQ(only().last_at, first);
  clock.advance(500ms);
  EXPECT_TRUE(beats->beat(token));
  EXPECT_NE(only().last_at, first);
}

TEST_F(HeartbeatsTest, WrongTimesAndNamesAreRefused) {
  for (const auto& wrong : std::vector<Heartbeat>{{.name = ""},
                                                  {.name = "a\nb"},
                                                  {.name = std::string(201, 'a')},
                                                  {.name = "a", .every = 29s},
                                                  {.name = "a", .every = std::chrono::hours(24 * 32)},
                                                  {.name = "a", .grace = -1s},
                                                  {.name = "a", .grace = std::chrono::hours(24 * 8)}}) {
    auto made = beats->add(wrong);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ErrorCode::kInvalid);
  }
  EXPECT_TRUE(copy_of(beats->heartbeats()).empty());
}

}  // namespace
}  // namespace vedette::desk
