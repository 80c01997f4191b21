#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;

struct LadderTest : DeskTest {};

TEST_F(LadderTest, ClimbsStepByStepAndRepeatsTheLast) {
  two_steps();
  auto alert = raise(finding());
  work();
  EXPECT_EQ(sent.mails.size(), 2u);
  EXPECT_EQ(sent.calls.size(), 0u);
  minutes(9);
  EXPECT_EQ(sent.calls.size(), 0u);
  minutes(1);
  EXPECT_EQ(sent.calls.size(), 1u);
  minutes(14);
  EXPECT_EQ(sent.calls.size(), 1u);
  minutes(1);
  EXPECT_EQ(sent.calls.size(), 2u);
  minutes(60);
  EXPECT_EQ(sent.calls.size(), 6u);
  EXPECT_EQ(sent.mails.size(), 2u);
  EXPECT_EQ(find(finding().dedup_key).step, 7);
}

TEST_F(LadderTest, ADamagedAlertHoldsUpNoOther) {
  two_steps();
  auto damaged = raise(finding("damaged"));
  raise(finding("sound"));
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE alerts SET reason = '{' WHERE id = ?", {damaged.id}));
    return {};
  }));
  clock.advance(std::chrono::minutes(10));
  EXPECT_FALSE(desk->climb_due());
  std::int64_t step = 0;
  ASSERT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT step FROM alerts WHERE dedup_key = 'sound'"));
    step = rows.at(0).integer(0);
    return {};
  }));
  EXPECT_EQ(step, 2);
}

TEST_F(LadderTest, WhatWasBeingSentWhenTheProgramDiedKeepsItsPlace) {
  two_steps();
  raise(finding("first"));
  clock.advance(std::chrono::seconds(5));
  raise(finding("second"));
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(
        session.execute("UPDATE notifications SET state = 'leased', lease_owner = 'gone/sender', due = due + "
                        "? WHERE alert_id = (SELECT id FROM alerts WHERE dedup_key = 'first')",
                        {std::int64_t{DeskOptions{}.lease.count()}}));
    return {};
  }));
  clock.advance(std::chrono::seconds(1));
  restart();
  std::vector<std::string> order;
  ASSERT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT DISTINCT a.dedup_key, n.due FROM notifications n JOIN alerts a ON "
                             "a.id = n.alert_id WHERE n.due <= ? ORDER BY n.due",
                             {to_unix_ms(clock.wall())}));
    for (const auto& row : rows) order.push_back(row.text(0));
    return {};
  }));
  EXPECT_THAT(order, ElementsAre("first", "second"));
}

TEST_F(LadderTest, AnAcknowledgementStopsItAndCancelsWhatWaits) {
  two_steps();
  auto alert = raise(finding());
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", "tôi xử lý"));
  EXPECT_THAT(states(alert.id), ElementsAre("cancelled", "cancelled"));
  minutes(120);
  EXPECT_TRUE(sent.mails.empty());
  EXPECT_TRUE(sent.calls.empty());
}

TEST_F(LadderTest, TakingTheAcknowledgementBackGoesOn) {
  two_steps();
  auto alert = raise(finding());
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", ""));
  ASSERT_TRUE(desk->unacknowledge(alert.id, "lan"));
  work();
  EXPECT_EQ(sent.mails.size(), 2u) << "what was never sent is owed again";
  minutes(10);
  EXPECT_EQ(sent.calls.size(), 1u);
}

TEST_F(LadderTest, ASnoozeHoldsItUntilItsTime) {
  two_steps();
  auto alert = raise(finding());
  work();
  ASSERT_TRUE(desk->snooze(alert.id, clock.wall() + std::chrono::hours(2), "lan"));
  EXPECT_TRUE(desk->alerts({.include_snoozed = false})->items.empty());
  minutes(119);
  EXPECT_EQ(sent.calls.size(), 0u);
  minutes(2);
  EXPECT_EQ(sent.calls.size(), 1u);
  EXPECT_FALSE(find(alert.dedup_key).snoozed_until);
}

TEST_F(LadderTest, TheNextStepComesFirstInTheListBySteps) {
  two_steps();
  for (int i = 0; i < 5; ++i) {
    raise(finding(fmt::format("k{}", i)));
    work();
    clock.advance(std::chrono::minutes(1));
  }
  raise(finding("quiet", Severity::kLow));  // below what the ladder is for: no step comes
  ASSERT_TRUE(desk->acknowledge(find("k1").id, "lan", ""));
  ASSERT_TRUE(desk->snooze(find("k2").id, clock.wall() + std::chrono::hours(2), "lan"));
  std::vector<std::string> seen;
  AlertQuery query{.state = "new", .order = AlertOrder::kSoonest, .limit = 2};
  do {
    auto page = copy_of(desk->alerts(query));
    for (const auto& alert : page.items) seen.push_back(alert.dedup_key);
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  EXPECT_THAT(seen, ElementsAre("k0", "k3", "k4", "k2"));
  EXPECT_FALSE(desk->alerts({.order = AlertOrder::kSoonest, .cursor = "soon.x"}));
  auto mine = copy_of(desk->alerts({.state = "acknowledged", .acknowledged_by = "lan"}));
  ASSERT_EQ(mine.items.size(), 1u);
  EXPECT_EQ(mine.items[0].dedup_key, "k1");
  EXPECT_TRUE(desk->alerts({.acknowledged_by = "huy"})->items.empty());
  EXPECT_TRUE(desk->facets({.acknowledged_by = "huy"})->empty());
}

TEST_F(LadderTest, ARestartGoesOnFromTheStore) {
  two_steps();
  raise(finding());
  work();
  clock.advance(std::chrono::minutes(5));
  restart();
  minutes(4);
  EXPECT_EQ(sent.calls.size(), 0u);
  minutes(1);
  EXPECT_EQ(sent.calls.size(), 1u);
  desk.reset();
  clock.advance(std::chrono::hours(3));
  desk = make();
  work();
  EXPECT_EQ(sent.calls.size(), 2u) << "what became due while it was off is sent at once";
}

TEST_F(LadderTest, AWallClockSetBackMakesNothingLate) {
  two_steps();
  raise(finding());
  work();
  minutes(3);
  clock.jump_wall(-std::chrono::hours(24));
  minutes(7);
  EXPECT_EQ(sent.calls.size(), 1u);
}

TEST_F(LadderTest, AWallClockSetBackWhileOffMakesNothingLaterThanItsWholeWait) {
  two_steps();
  raise(finding());
  work();
  desk.reset();
  clock.jump_wall(-std::chrono::hours(24));
  desk = make();
  minutes(10);
  EXPECT_EQ(sent.calls.size(), 1u);
}

TEST_F(LadderTest, AWallClockSetForwardMayBeEarly) {
  two_steps();
  raise(finding());
  work();
  clock.jump_wall(std::chrono::hours(1));
  work();
  EXPECT_EQ(sent.calls.size(), 1u);
}

TEST_F(LadderTest, AStepWithoutAUsableChannelGoesThroughAllThereAre) {
  two_steps();
  auto disabled = *desk->channels();
  for (auto& channel : disabled) {
    if (channel.id != hook_channel) continue;
    channel.enabled = false;
    ASSERT_TRUE(desk->save_channel(channel, "lan"));
  }
  raise(finding());
  work();
  minutes(10);
  EXPECT_EQ(sent.calls.size(), 0u);
  EXPECT_EQ(sent.mails.size(), 4u) << "mail again, instead of nobody";
}

TEST_F(LadderTest, AFirstStartHasALadderThatReachesTheLocalMailbox) {
  auto alert = raise(finding());
  work();
  auto caught = *desk->mailbox(10);
  ASSERT_EQ(caught.size(), 1u);
  EXPECT_THAT(caught[0].subject, testing::HasSubstr("Nghiêm trọng"));
  EXPECT_THAT(states(alert.id), ElementsAre("accepted"));
  EXPECT_EQ(find(alert.dedup_key).state, AlertState::kNew) << "accepted is not acknowledged";
}

TEST_F(LadderTest, AWrongLadderIsRefusedByField) {
  two_steps();
  auto refused = [&](Ladder ladder) {
    auto saved = desk->save_ladder(ladder, "lan");
    return saved ? std::string("taken") : saved.error().full();
  };
  EXPECT_THAT(refused({.steps = {{5, {mail_channel}}}}), testing::HasSubstr("steps[0].after_minutes"));
  EXPECT_THAT(refused({.steps = {{0, {mail_channel}}, {0, {mail_channel}}}}),
              testing::HasSubstr("steps[1].after_minutes"));
  EXPECT_THAT(refused({.steps = {{0, {"nobody"}}}}), testing::HasSubstr("steps[0].channel_ids"));
  EXPECT_THAT(refused({.steps = {{0, {}}}}), testing::HasSubstr("steps[0].channel_ids"));
  EXPECT_THAT(refused({.steps = {{0, {mail_channel}}}, .repeat_last_minutes = -1}),
              testing::HasSubstr("repeat_last_minutes"));
  EXPECT_EQ(desk->ladder()->steps.size(), 2u) << "the one before stays";
}

}  // namespace
}  // namespace vedette::desk
