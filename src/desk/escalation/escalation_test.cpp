#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/escalation/auditor.h"
#include "desk/escalation/failover.h"
#include "desk/escalation/policies.h"
#include "desk/escalation/unresolvable.h"
#include "desk/ladder.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

struct EscalationTest : DeskTest {
  Rosters rosters{*database, *desk, clock};
  Policies policies{*database, clock};
  std::string an, binh, roster;

  // An by mail, then by webhook; Bình by mail. A roster whose tier "first" turns weekly.
  void SetUp() override {
    two_steps();
    an = person("An", {{mail_channel, "an@duty.example.org"}, {hook_channel, ""}});
    binh = person("Bình", {{mail_channel, "binh@duty.example.org"}});
    Roster weekly{.name = "Trực ban"};
    weekly.tiers = {
        {"first",
         "Ca một",
         {{.name = "tuần", .start = LocalTime(clock.wall().time_since_epoch()), .members = {an, binh}}}}};
    auto saved = rosters.save_roster(weekly, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    roster = saved ? saved->id : "";
  }
  std::string person(std::string name, std::vector<Contact> contacts) {
    auto saved = rosters.save_person({.name = std::move(name), .contacts = std::move(contacts)}, "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? saved->id : "";
  }
  EscalationPolicy policy(std::vector<EscalationStep> steps) {
    EscalationPolicy one;
    one.id = one.name = kDefaultPolicy;
    one.steps = std::move(steps);
    return one;
  }
  void use(const EscalationPolicy& one) {
    auto saved = policies.save(one, "lan");
    ASSERT_TRUE(saved) << saved.error().full();
  }
  EscalationTarget tier() { return {TargetKind::kTier, roster, "first"}; }
  std::vector<std::string> mailed() {
    std::vector<std::string> out;
    for (const auto& mail : sent.mails) out.push_back(mail.to.front());
    return out;
  }
  void pass(seconds time) {
    clock.advance(time);
    work();
  }
  std::optional<Alert> alert_of_kind(std::string_view kind) {
    auto listed = copy_of(desk->alerts({.limit = 500}));
    for (const auto& alert : listed.items)
      if (alert.kind == kind) return alert;
    return std::nullopt;
  }
};

TEST_F(EscalationTest, ATierIsThePersonOnDutyAtThatMoment) {
  clock.advance(hours(24));
  use(policy({{0, {tier()}}}));
  raise(finding("a"));
  work();
  EXPECT_THAT(mailed(), ElementsAre("an@duty.example.org"));
  clock.advance(hours(24 * 7));
  raise(finding("b"));
  sent.mails.clear();
  work();
  EXPECT_THAT(mailed(), testing::Contains("binh@duty.example.org"));
}

TEST_F(EscalationTest, WithoutAcceptanceIn15SecondsTheNextContactIsTried) {
  use(policy({{0, {{TargetKind::kPerson, an, ""}}}, {10, {{TargetKind::kPerson, binh, ""}}}}));
  raise(finding());  // nothing is sent: the senders stand still, as before a tarpit
  clock.advance(seconds(14));
  EXPECT_EQ(*desk->climb_due(), 0u);
  clock.advance(seconds(1));
  EXPECT_EQ(*desk->climb_due(), 1u);
  auto notifications = copy_of(desk->notifications(find(finding().dedup_key).id));
  ASSERT_EQ(notifications.size(), 2u);
  EXPECT_EQ(notifications[0].channel_id, hook_channel);
  EXPECT_EQ(notifications[0].target, "An");
  EXPECT_EQ(notifications[0].step, notifications[1].step) << "the same message";
}

TEST_F(EscalationTest, ARefusalMovesOnAtOnceAndAnAcceptanceDoesNot) {
  use(policy({{0, {{TargetKind::kPerson, an, ""}}}, {10, {{TargetKind::kPerson, binh, ""}}}}));
  sent.mail_error = Error(ErrorCode::kUnavailable, "connection refused");
  raise(finding());
  work();
  work();
  EXPECT_EQ(sent.calls.size(), 1u);
  pass(seconds(60));
  EXPECT_EQ(sent.calls.size(), 1u) << "accepted: the next is the next step";
}

TEST_F(EscalationTest, WhenNoContactOfAStepIsLeftTheNextStepComesAtOnce) {
  use(policy({{0, {{TargetKind::kPerson, binh, ""}}}, {10, {{TargetKind::kPerson, an, ""}}}}));
  sent.refused.emplace("binh@duty.example.org", Error(ErrorCode::kNotFound, "550 no such user"));
  raise(finding());
  for (int i = 0; i < 4; ++i) work();
  EXPECT_THAT(mailed(), testing::Contains("an@duty.example.org")) << "not after ten minutes of silence";
}

TEST_F(EscalationTest, AnAlertKeepsTheVersionItBeganWith) {
  use(policy({{0, {{TargetKind::kPerson, binh, ""}}}, {10, {{TargetKind::kChannel, hook_channel, ""}}}}));
  raise(finding("old"));
  work();
  use(policy({{0, {{TargetKind::kPerson, an, ""}}}}));
  sent.mails.clear();
  minutes(10);
  EXPECT_EQ(sent.calls.size(), 1u) << "the second step of the version before";
  raise(finding("new"));
  work();
  EXPECT_THAT(mailed(), ElementsAre("an@duty.example.org"));
}

TEST_F(EscalationTest, AnAcknowledgementThatRunsOutMakesItNewAgain) {
  auto one = policy({{0, {{TargetKind::kPerson, binh, ""}}}});
  one.acknowledge_minutes = 30;
  use(one);
  auto alert = raise(finding());
  work();
  ASSERT_TRUE(desk->acknowledge(alert.id, "binh", ""));
  minutes(29);
  EXPECT_EQ(find(alert.dedup_key).state, AlertState::kAcknowledged);
  restart();
  minutes(1);
  auto after = find(alert.dedup_key);
  EXPECT_EQ(after.state, AlertState::kNew);
  EXPECT_EQ(after.cycle, 2);
  EXPECT_EQ(sent.mails.size(), 2u);
}

TEST_F(EscalationTest, AClosedAlertIsNotWokenByItsAcknowledgement) {
  auto one = policy({{0, {{TargetKind::kPerson, binh, ""}}}});
  one.acknowledge_minutes = 30;
  use(one);
  auto alert = raise(finding());
  ASSERT_TRUE(desk->acknowledge(alert.id, "binh", ""));
  ASSERT_TRUE(desk->close(alert.id, Resolution::kTruePositive, "", "binh"));
  minutes(60);
  EXPECT_EQ(find(alert.dedup_key).state, AlertState::kClosed);
}

TEST_F(EscalationTest, WhenNobodyIsOnDutyTheFallbackIsToldAndItIsAnAlert) {
  auto leave = hours(24 * 20);
  for (const auto& who : {an, binh})
    ASSERT_TRUE(
        rosters.add_leave({.person = who, .from = clock.wall(), .to = clock.wall() + leave, .by = "lan"}));
  auto one = policy({{0, {tier()}}});
  one.fallback = {{TargetKind::kChannel, hook_channel, ""}};
  use(one);
  work();  // the gap of the roster is an alert of its own
  sent.mails.clear();
  sent.calls.clear();
  raise(finding());
  auto unresolvable = alert_of_kind(kUnresolvable);
  ASSERT_TRUE(unresolvable);
  EXPECT_THAT(render(unresolvable->reason, Language::kEnglish), HasSubstr("Trực ban, Ca một"));
  work();
  EXPECT_GE(sent.calls.size(), 2u) << "the alert and the one about the policy";
  EXPECT_TRUE(sent.mails.empty());
}

TEST_F(EscalationTest, TheAlertThatNobodyWasThereSaysWhenSomebodyIsAgain) {
  std::vector<std::string> leaves;
  for (const auto& who : {an, binh}) {
    auto leave = rosters.add_leave(
        {.person = who, .from = clock.wall(), .to = clock.wall() + hours(24 * 20), .by = "lan"});
    ASSERT_TRUE(leave);
    leaves.push_back(leave->id);
  }
  use(policy({{0, {tier()}}}));
  raise(finding());
  ASSERT_TRUE(desk->audit_escalation());
  EXPECT_FALSE(alert_of_kind(kUnresolvable)->condition_resolved) << "both are still away";
  for (const auto& id : leaves) ASSERT_TRUE(rosters.remove_leave(id, "lan"));
  ASSERT_TRUE(desk->audit_escalation());
  auto over = alert_of_kind(kUnresolvable);
  EXPECT_TRUE(over->condition_resolved);
  EXPECT_EQ(over->state, AlertState::kNew) << "a person closes it";
  EXPECT_THAT(render(over->reason, Language::kEnglish), HasSubstr("reaches somebody again"));
}

TEST_F(EscalationTest, APolicyOfAWatchTakesItsAlerts) {
  EscalationPolicy logs;
  logs.name = "Nhật ký";
  logs.steps = {{0, {{TargetKind::kPerson, binh, ""}}}};
  logs.watches = {Watch::kLogs};
  auto saved = policies.save(logs, "lan");
  ASSERT_TRUE(saved) << saved.error().full();
  auto of_logs = finding("log");
  of_logs.watch = Watch::kLogs;
  raise(of_logs);
  work();
  EXPECT_THAT(mailed(), ElementsAre("binh@duty.example.org"));
  logs.name = "Khác";
  EXPECT_EQ(policies.save(logs, "lan").error().code(), ErrorCode::kInvalid) << "the watch is taken";
  ASSERT_TRUE(policies.remove(saved->id, "lan"));
  EXPECT_EQ(policies.remove(std::string(kDefaultPolicy), "lan").error().code(), ErrorCode::kConflict);
  minutes(15);
  EXPECT_EQ(sent.mails.size(), 2u) << "what climbs goes on by its version";
}

TEST_F(EscalationTest, TheLadderThatWasStoredBeforeGoesOn) {
  auto before = *desk->ladder();
  auto undo = database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM escalation_policies"));
    TRY(session.execute("DELETE FROM escalation_current"));
    return set_desk_value(session, "ladder",
                          fmt::format(R"({{"steps":[{{"after_minutes":0,"channel_ids":["{}"]}},)"
                                      R"({{"after_minutes":10,"channel_ids":["{}","gone"]}}],)"
                                      R"("repeat_last_minutes":15,"least":"high"}})",
                                      mail_channel, hook_channel));
  });
  ASSERT_TRUE(undo) << undo.error().full();
  restart();
  auto after = *desk->ladder();
  ASSERT_EQ(after.steps.size(), before.steps.size());
  for (std::size_t i = 0; i < after.steps.size(); ++i) {
    EXPECT_EQ(after.steps[i].after_minutes, before.steps[i].after_minutes);
    EXPECT_EQ(after.steps[i].channel_ids, before.steps[i].channel_ids);
  }
  raise(finding());
  work();
  EXPECT_EQ(sent.mails.size(), 2u);
}

TEST_F(EscalationTest, ALadderDoesNotOverwriteAPolicyWithPeople) {
  use(policy({{0, {{TargetKind::kPerson, an, ""}}}}));
  EXPECT_EQ(desk->save_ladder({{{0, {mail_channel}}}, 15, Severity::kHigh}, "lan").error().code(),
            ErrorCode::kConflict);
}

TEST_F(EscalationTest, WhatCannotBeIsRefusedByField) {
  auto refused = [&](const EscalationPolicy& one) {
    auto saved = policies.save(one, "lan");
    return saved ? std::string("taken") : saved.error().full();
  };
  EXPECT_THAT(refused(policy({{0, {}}})), HasSubstr("steps[0].targets"));
  EXPECT_THAT(refused(policy({{0, {tier(), {TargetKind::kTier, roster, "third"}}}})),
              HasSubstr("steps[0].targets[1]"));
  EXPECT_THAT(refused(policy({{0, {{TargetKind::kPerson, "x", ""}}}})), HasSubstr("steps[0].targets[0]"));
  EXPECT_THAT(refused(policy({{5, {tier()}}})), HasSubstr("steps[0].after_minutes"));
  auto one = policy({{0, {tier()}}});
  one.fallback = {{TargetKind::kChannel, "x", ""}};
  EXPECT_THAT(refused(one), HasSubstr("fallback[0]"));
}

TEST_F(EscalationTest, EveryVersionStaysToBeRead) {
  auto versions = *policies.versions(std::string(kDefaultPolicy));
  auto before = versions.size();
  use(policy({{0, {tier()}}}));
  clock.advance(std::chrono::minutes(1));
  use(policy({{0, {tier()}}, {10, {{TargetKind::kPerson, an, ""}}}}));
  versions = *policies.versions(std::string(kDefaultPolicy));
  ASSERT_EQ(versions.size(), before + 2);
  EXPECT_EQ(versions[0].policy.steps.size(), 2u);
  EXPECT_EQ(versions[1].policy.steps.size(), 1u);
  EXPECT_EQ(versions[0].policy.version, versions[1].policy.version + 1);
  EXPECT_EQ(versions[0].at - versions[1].at, std::chrono::minutes(1));
  EXPECT_EQ(versions[0].by, "lan");
  EXPECT_FALSE(policies.versions("there-is-none"));
}

TEST_F(EscalationTest, TheSimulatorSaysWhoWhenByWhatAndSendsNothing) {
  auto steps = *policies.simulate(policy({{0, {tier()}}, {10, {{TargetKind::kChannel, hook_channel, ""}}}}),
                                  clock.wall() + hours(24 * 8));
  ASSERT_EQ(steps.size(), 2u);
  ASSERT_EQ(steps[0].messages.size(), 1u);
  EXPECT_EQ(steps[0].messages[0].person, "Bình");
  EXPECT_EQ(steps[0].messages[0].target, "binh@duty.example.org");
  EXPECT_EQ(steps[1].at - steps[0].at, std::chrono::minutes(10));
  work();
  EXPECT_TRUE(sent.mails.empty());
}

TEST_F(EscalationTest, TheAuditorSeesAStepThatWasNotClimbedAndTellsOnce) {
  raise(finding());
  work();
  EXPECT_EQ(*desk->audit_escalation(), 0);
  clock.advance(std::chrono::minutes(10) + seconds(31));  // nobody climbs
  EXPECT_EQ(*desk->audit_escalation(), 1);
  auto missed = alert_of_kind(kEscalationMissed);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->severity, Severity::kCritical);
  EXPECT_EQ(*desk->audit_escalation(), 1);
  EXPECT_EQ(alert_of_kind(kEscalationMissed)->count, 1);
  work();
  EXPECT_EQ(*desk->audit_escalation(), 0);
  EXPECT_TRUE(alert_of_kind(kEscalationMissed)->condition_resolved);
}

TEST_F(EscalationTest, TheAuditorSeesAStepThatLeftNoRow) {
  auto alert = raise(finding());
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM notifications WHERE alert_id = ?", {alert.id}));
    return {};
  }));
  EXPECT_EQ(*desk->audit_escalation(), 1);
}

}  // namespace
}  // namespace vedette::desk
