#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using testing::Contains;
using testing::ElementsAre;

struct IngestTest : DeskTest {};

TEST_F(IngestTest, FindingsOfOneKeyAreOneAlertOfTheGravest) {
  auto first = raise(finding("k", Severity::kMedium));
  auto graver = finding("k", Severity::kCritical);
  graver.title = {"graver", {}};
  auto lesser = finding("k", Severity::kLow);
  lesser.title = {"lesser", {}};
  ASSERT_TRUE(desk->report({graver, lesser}));
  auto alert = find("k");
  EXPECT_EQ(alert.id, first.id);
  EXPECT_EQ(alert.count, 3);
  EXPECT_EQ(alert.severity, Severity::kCritical);
  EXPECT_EQ(alert.title.key, "graver");
  EXPECT_EQ(desk->findings(alert.id, 10)->size(), 3u);
}

TEST_F(IngestTest, TheSameFindingTwiceIsStoredOnce) {
  auto f = finding();
  raise(f);
  ASSERT_TRUE(desk->report({f, f}));
  EXPECT_EQ(find(f.dedup_key).count, 1);
  EXPECT_EQ(desk->findings(find(f.dedup_key).id, 10)->size(), 1u);
}

TEST_F(IngestTest, AFindingComesBackWhole) {
  auto f = finding();
  f.attack = {"T1491.002"};
  f.evidence = {{"page", std::string(64, 'a'), "after"}};
  auto alert = raise(f);
  EXPECT_THAT(*desk->findings(alert.id, 10), ElementsAre(f));
}

TEST_F(IngestTest, AWrongFindingStoresNothingOfItsReport) {
  auto wrong = finding("other");
  wrong.dedup_key.clear();
  auto reported = desk->report({finding("k"), wrong});
  ASSERT_FALSE(reported);
  EXPECT_EQ(reported.error().code(), ErrorCode::kInvalid);
  EXPECT_TRUE(desk->alerts({})->items.empty());
}

TEST_F(IngestTest, AClosedAlertIsRaisedAnewInANewCycle) {
  two_steps();
  auto alert = raise(finding("k", Severity::kCritical));
  work();
  ASSERT_TRUE(desk->close(alert.id, Resolution::kFalsePositive, "bảo trì", "lan"));
  clock.advance(std::chrono::hours(5));
  auto again = raise(finding("k", Severity::kHigh));
  EXPECT_EQ(again.id, alert.id);
  EXPECT_EQ(again.cycle, 2);
  EXPECT_EQ(again.state, AlertState::kNew);
  EXPECT_EQ(again.resolution, Resolution::kNone);
  EXPECT_EQ(again.severity, Severity::kHigh) << "the new round is judged by itself";
  EXPECT_FALSE(again.closed_at);
  work();
  EXPECT_EQ(sent.mails.size(), 4u) << "two people, two rounds";
  EXPECT_NE(sent.mails[0].message_id, sent.mails[2].message_id);
}

TEST_F(IngestTest, AGraverFindingAsksAgainWhoAcknowledgedTheLesser) {
  two_steps();
  auto alert = raise(finding("k", Severity::kHigh));
  work();
  ASSERT_TRUE(desk->acknowledge(alert.id, "lan", ""));
  raise(finding("k", Severity::kHigh));
  EXPECT_EQ(find("k").state, AlertState::kAcknowledged) << "the same again changes nothing";
  auto graver = raise(finding("k", Severity::kCritical));
  EXPECT_EQ(graver.state, AlertState::kNew);
  EXPECT_EQ(graver.cycle, 2);
  work();
  EXPECT_EQ(sent.mails.size(), 4u);
}

TEST_F(IngestTest, ARaisedSeverityStartsTheLadderThatALowOneDidNot) {
  two_steps();
  raise(finding("k", Severity::kMedium));
  minutes(30);
  EXPECT_TRUE(sent.mails.empty()) << "shown, not sent";
  raise(finding("k", Severity::kCritical));
  work();
  EXPECT_EQ(sent.mails.size(), 2u);
}

TEST_F(IngestTest, AResolvedConditionIsNotedAndNothingIsClosed) {
  auto f = finding("k", Severity::kHigh);
  f.kind = "unavailable";
  auto alert = raise(f);
  auto back = finding("k", Severity::kInformational);
  back.kind = "unavailable";
  back.state = FindingState::kResolved;
  back.reason = {"the site answers again", {}};
  ASSERT_TRUE(desk->report({back}));
  auto after = find("k");
  EXPECT_TRUE(after.condition_resolved);
  EXPECT_EQ(after.state, AlertState::kNew);
  EXPECT_EQ(after.severity, Severity::kHigh);
  EXPECT_EQ(after.reason.key, "the site answers again") << "an availability alert says so itself";
  EXPECT_THAT(timeline_kinds(alert.id), Contains("resolved"));
  auto gone = finding("k", Severity::kHigh);
  gone.kind = "unavailable";
  EXPECT_FALSE(raise(gone).condition_resolved);
}

TEST_F(IngestTest, AResolvedFindingWithoutAnAlertRaisesNone) {
  auto back = finding("never seen");
  back.state = FindingState::kResolved;
  ASSERT_TRUE(desk->report({back}));
  EXPECT_TRUE(desk->alerts({})->items.empty());
}

TEST_F(IngestTest, WhatAnAlertWasMergedIntoGetsItsFindings) {
  auto main = raise(finding("main", Severity::kMedium));
  auto twin = raise(finding("twin", Severity::kMedium));
  ASSERT_TRUE(desk->merge(twin.id, main.id, "lan"));
  EXPECT_EQ(find("main").count, 2);
  raise(finding("twin", Severity::kCritical));
  EXPECT_EQ(find("main").count, 3);
  EXPECT_EQ(find("main").severity, Severity::kCritical);
  EXPECT_EQ(find("twin").state, AlertState::kClosed);
  EXPECT_EQ(desk->findings(main.id, 10)->size(), 3u);
  ASSERT_TRUE(desk->unmerge(twin.id, "lan"));
  EXPECT_EQ(find("main").count, 1);
  EXPECT_EQ(find("twin").count, 2);
  EXPECT_EQ(find("twin").state, AlertState::kNew);
}

TEST_F(IngestTest, FirstNotificationsAreThereWhenReportReturns) {
  two_steps();
  auto alert = raise(finding());
  EXPECT_THAT(states(alert.id), ElementsAre("pending", "pending"));
  EXPECT_EQ(alert.step, 1);
  EXPECT_EQ(alert.next_step_at, clock.wall() + std::chrono::minutes(10));
}

TEST_F(IngestTest, ListsPageByKeyAndCountFacets) {
  for (int i = 0; i < 25; ++i) {
    auto f = finding(fmt::format("k{:02}", i), i % 2 ? Severity::kHigh : Severity::kLow);
    f.asset = {"site", std::to_string(i % 3), fmt::format("Trang {}", i % 3)};
    raise(f);
    clock.advance(std::chrono::seconds(i % 4 == 0 ? 0 : 1));
  }
  std::vector<std::string> seen;
  AlertQuery query{.limit = 10};
  do {
    auto page = desk->alerts(query);
    ASSERT_TRUE(page) << page.error().full();
    for (const auto& alert : page->items) seen.push_back(alert.dedup_key);
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  ASSERT_EQ(seen.size(), 25u);
  EXPECT_EQ(seen.front(), "k24");
  EXPECT_EQ(seen.back(), "k00");
  EXPECT_EQ(desk->alerts({.severity = "high"})->items.size(), 12u);
  std::vector<std::string> grave;
  for (query = {.order = AlertOrder::kGravest, .limit = 10};;) {
    auto page = desk->alerts(query);
    ASSERT_TRUE(page) << page.error().full();
    for (const auto& alert : page->items) grave.push_back(alert.dedup_key);
    if (page->next_cursor.empty()) break;
    query.cursor = page->next_cursor;
  }
  std::ranges::stable_partition(seen, [](const std::string& key) { return (key.back() - '0') % 2 == 1; });
  EXPECT_EQ(grave, seen) << "high before low, newest first in each";
  EXPECT_FALSE(desk->alerts({.order = AlertOrder::kGravest, .cursor = "5.nonsense"}));
  EXPECT_EQ(desk->alerts({.asset_id = "1"})->items.size(), 8u);
  EXPECT_EQ(desk->alerts({.text = "trang chu da bi"})->items.size(), 25u) << "without diacritics";
  EXPECT_EQ(desk->alerts({.text = "k07"})->items.size(), 1u);
  EXPECT_EQ(desk->alerts({.text = "100%"})->items.size(), 0u);
  EXPECT_FALSE(desk->alerts({.state = "asleep"}));
  EXPECT_FALSE(desk->alerts({.cursor = "nonsense"}));
  std::map<std::string, std::int64_t> high;
  for (const auto& facet : copy_of(desk->facets({.severity = "high"})))
    high[facet.field + "=" + facet.value] = facet.count;
  EXPECT_EQ(high["severity=high"], 12);
  EXPECT_EQ(high["state=new"], 12);
  EXPECT_EQ(high["asset=0"] + high["asset=1"] + high["asset=2"], 12);

  auto closed = copy_of(desk->alerts({.severity = "low", .limit = 1})).items.at(0);
  ASSERT_TRUE(desk->close(closed.id, Resolution::kBenign, "", "lan"));
  ASSERT_TRUE(desk->snooze(desk->alerts({.severity = "high", .limit = 1})->items.at(0).id,
                           clock.wall() + std::chrono::hours(1), "lan"));
  const std::string watch(to_string(closed.watch));
  for (AlertQuery one : std::vector<AlertQuery>{{},
                                                {.state = "new"},
                                                {.state = "closed"},
                                                {.severity = "low"},
                                                {.watch = watch},
                                                {.watch = "messages"},
                                                {.kind = closed.kind},
                                                {.kind = "none"},
                                                {.asset_id = "1"},
                                                {.asset_id = "1", .kind = closed.kind},
                                                {.severity = "high", .kind = closed.kind},
                                                {.state = "new", .severity = "low", .watch = watch},
                                                {.watch = watch, .include_snoozed = false},
                                                {.include_snoozed = false},
                                                {.text = "k1"},
                                                {.state = "new", .text = "trang chu"}}) {
    one.limit = 100;
    auto listed = copy_of(desk->alerts(one)).items;
    std::map<std::string, std::int64_t> sums;
    for (const auto& facet : copy_of(desk->facets(one))) sums[facet.field] += facet.count;
    for (const char* field : {"state", "severity", "watch", "kind", "asset"})
      EXPECT_EQ(sums[field], std::ssize(listed)) << field << " of " << one.state << " " << one.severity << " "
                                                 << one.watch << " " << one.kind << " " << one.text;
  }
}

}  // namespace
}  // namespace vedette::desk
