#include "desk/triage.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct TriageTest : DeskTest {};

TEST_F(TriageTest, EveryActionHasItsUndo) {
  auto alert = raise(finding());
  auto until = clock.wall() + std::chrono::hours(1);
  EXPECT_EQ(desk->acknowledge(alert.id, "lan", "note")->state, AlertState::kAcknowledged);
  EXPECT_EQ(desk->unacknowledge(alert.id, "lan")->state, AlertState::kNew);
  EXPECT_EQ(desk->snooze(alert.id, until, "lan")->snoozed_until, until);
  EXPECT_FALSE(desk->unsnooze(alert.id, "lan")->snoozed_until);
  auto closed = desk->close(alert.id, Resolution::kTruePositive, "đã xử lý", "lan");
  EXPECT_EQ(closed->state, AlertState::kClosed);
  EXPECT_EQ(closed->close_note, "đã xử lý");
  EXPECT_EQ(desk->reopen(alert.id, "lan")->state, AlertState::kNew);
  auto other = raise(finding("other"));
  EXPECT_EQ(desk->merge(alert.id, other.id, "lan")->merged_into, other.id);
  EXPECT_EQ(desk->unmerge(alert.id, "lan")->merged_into, "");
  for (const auto& entry : copy_of(desk->timeline(alert.id))) {
    for (auto language : {Language::kEnglish, Language::kVietnamese}) {
      EXPECT_THAT(render(entry.text, language), testing::Not(HasSubstr("desk.timeline")))
          << "a sentence is missing";
    }
  }
}

TEST_F(TriageTest, ReopeningWhatWasAcknowledgedIsAcknowledged) {
  auto alert = raise(finding());
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", ""));
  ASSERT_TRUE(desk->close(alert.id, Resolution::kBenign, "", "lan"));
  EXPECT_EQ(desk->reopen(alert.id, "lan")->state, AlertState::kAcknowledged);
}

TEST_F(TriageTest, WhatDoesNotFitTheStateIsAConflict) {
  auto alert = raise(finding());
  auto code = [](const Result<Alert>& result) {
    return result ? std::optional<ErrorCode>() : result.error().code();
  };
  EXPECT_EQ(code(desk->unacknowledge(alert.id, "lan")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->unsnooze(alert.id, "lan")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->reopen(alert.id, "lan")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->unmerge(alert.id, "lan")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->merge(alert.id, alert.id, "lan")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->close(alert.id, Resolution::kNone, "", "lan")), ErrorCode::kInvalid);
  EXPECT_EQ(code(desk->snooze(alert.id, clock.wall(), "lan")), ErrorCode::kInvalid);
  EXPECT_EQ(code(desk->acknowledge("no such", "lan", "")), ErrorCode::kNotFound);
  ASSERT_TRUE(desk->close(alert.id, Resolution::kBenign, "", "lan"));
  EXPECT_EQ(code(desk->acknowledge(alert.id, "lan", "")), ErrorCode::kConflict);
  EXPECT_EQ(code(desk->close(alert.id, Resolution::kBenign, "", "lan")), ErrorCode::kConflict);
  auto other = raise(finding("other"));
  EXPECT_EQ(code(desk->merge(other.id, alert.id, "lan")), ErrorCode::kConflict);
}

TEST_F(TriageTest, MergingMovesTheDuplicatesAlong) {
  auto a = raise(finding("a")), b = raise(finding("b")), c = raise(finding("c"));
  ASSERT_TRUE(desk->merge(b.id, a.id, "lan"));
  ASSERT_TRUE(desk->merge(a.id, c.id, "lan"));
  EXPECT_EQ(find("c").count, 3);
  EXPECT_EQ(find("b").merged_into, c.id);
  EXPECT_EQ(desk->merge(c.id, b.id, "lan").error().code(), ErrorCode::kConflict) << "no rings";
  ASSERT_TRUE(desk->unmerge(a.id, "lan"));
  EXPECT_EQ(find("c").count, 2);
  EXPECT_EQ(find("a").count, 1);
}

TEST_F(TriageTest, UnmergingGivesTheSeverityBack) {
  auto root = raise(finding("root", Severity::kLow));
  auto grave = raise(finding("grave", Severity::kCritical)),
       middle = raise(finding("middle", Severity::kMedium));
  ASSERT_TRUE(desk->merge(grave.id, root.id, "lan"));
  ASSERT_TRUE(desk->merge(middle.id, root.id, "lan"));
  EXPECT_EQ(find("root").severity, Severity::kCritical);
  ASSERT_TRUE(desk->unmerge(grave.id, "lan"));
  EXPECT_EQ(find("root").severity, Severity::kMedium) << "one of this severity is still merged into it";
  EXPECT_EQ(find("grave").severity, Severity::kCritical);
  ASSERT_TRUE(desk->unmerge(middle.id, "lan"));
  EXPECT_EQ(find("root").severity, Severity::kLow);
}

TEST_F(TriageTest, WhatHappenedWhileMergedBelongsToWhoeverItHappenedTo) {
  auto root = raise(finding("root", Severity::kLow)), other = raise(finding("other", Severity::kMedium));
  ASSERT_TRUE(desk->merge(other.id, root.id, "lan"));
  auto graver = finding("other", Severity::kCritical);
  graver.title = {"The other became graver", {}};
  ASSERT_TRUE(desk->report({graver}));
  EXPECT_EQ(find("root").title.key, "The other became graver");
  ASSERT_TRUE(desk->report({finding("root", Severity::kMedium)}));
  EXPECT_EQ(find("root").severity, Severity::kCritical);
  ASSERT_TRUE(desk->unmerge(other.id, "lan"));
  EXPECT_EQ(find("root").severity, Severity::kMedium);
  EXPECT_EQ(find("root").title.key, "Trang chủ đã bị thay");
  EXPECT_EQ(find("other").severity, Severity::kCritical);
  EXPECT_EQ(find("other").title.key, "The other became graver");
}

TEST_F(TriageTest, MergingSomethingGraveIntoSomethingQuietStillCallsSomebody) {
  two_steps();
  auto quiet = raise(finding("quiet", Severity::kMedium)),
       grave = raise(finding("grave", Severity::kCritical));
  ASSERT_TRUE(desk->merge(grave.id, quiet.id, "lan"));
  work();
  EXPECT_THAT(states(quiet.id), ElementsAre("accepted", "accepted"));
  EXPECT_TRUE(find("quiet").next_step_at);
}

TEST_F(TriageTest, EveryActionIsInTheAuditLogAndTheChainHolds) {
  auto alert = raise(finding());
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", "mine"));
  ASSERT_TRUE(desk->close(alert.id, Resolution::kBenign, "", "minh"));
  ASSERT_TRUE(desk->audit("admin", "user.created", "user/7", "{}"));
  auto log = *desk->audit_log("", 2);
  ASSERT_EQ(log.items.size(), 2u);
  EXPECT_EQ(log.items[0].action, "user.created");
  EXPECT_EQ(log.items[1].action, "alert.closed");
  EXPECT_EQ(log.items[1].actor, "minh");
  auto older = *desk->audit_log(log.next_cursor, 10);
  EXPECT_EQ(older.items.at(0).action, "alert.acknowledged");
  EXPECT_TRUE(desk->verify_audit());
}

TEST_F(TriageTest, AChangedAuditRowShows) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(desk->audit("lan", "test", "x", fmt::format("{{\"n\":{}}}", i)));
  auto tamper = [&](const char* sql) {
    EXPECT_TRUE(database->write([&](store::Session& session) -> Result<void> {
      TRY(session.execute(sql));
      return {};
    }));
    auto verified = desk->verify_audit();
    return verified ? std::string("fits") : verified.error().full();
  };
  EXPECT_EQ(tamper("UPDATE audit_log SET actor = actor"), "fits");
  EXPECT_THAT(tamper("UPDATE audit_log SET detail = '{}' WHERE sequence = 3"), HasSubstr("audit row 3"));
  EXPECT_THAT(tamper("DELETE FROM audit_log WHERE sequence = 2"), HasSubstr("audit row 2 is missing"));
}

TEST_F(TriageTest, ListenersHearOfEveryChangeAfterItsCommit) {
  std::vector<std::string> heard;
  desk->on_change([&](const std::string& id) {
    EXPECT_TRUE(desk->alert(id)) << "it is there already";
    heard.push_back(id);
  });
  auto alert = raise(finding());
  EXPECT_EQ(heard.size(), 1u);
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", ""));
  EXPECT_THAT(heard, ElementsAre(alert.id, alert.id));
}

TEST_F(TriageTest, TheThreadsDoTheWorkByThemselves) {
  two_steps();
  std::mutex mutex;
  std::condition_variable told;
  int accepted = 0;
  desk->on_change([&](const std::string&) {
    std::lock_guard lock(mutex);
    std::lock_guard log(sent.mutex);
    accepted = static_cast<int>(sent.mails.size());
    told.notify_all();
  });
  ASSERT_TRUE(desk->start());
  auto alert = raise(finding());
  std::unique_lock lock(mutex);
  EXPECT_TRUE(told.wait_for(lock, std::chrono::seconds(30), [&] { return accepted == 2; }));
  lock.unlock();
  desk->stop();
  EXPECT_THAT(states(alert.id), ElementsAre("accepted", "accepted"));
}

}  // namespace
}  // namespace vedette::desk
