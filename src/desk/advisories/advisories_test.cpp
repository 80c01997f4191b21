#include "desk/advisories/advisories.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

struct AdvisoriesTest : DeskTest {
  Advisories advisories{*database, *desk, clock};

  void SetUp() override { clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall()); }
  static Advisory draft(std::string title = "Chiến dịch X") {
    return {.title = std::move(title),
            .reference = "15/CV-CATTT",
            .authority = "Cục ATTT",
            .confirmed_by = "lan",
            .look_back = {.days = 30}};
  }
  static constexpr std::string_view kFile =
      "value,valid_from,valid_until\n203.0.113.7,,\nevil.example,,2026-11-25\nlate.example,2026-12-01,\nport,"
      ",\n";
  std::vector<std::string> audited() {
    std::vector<std::string> out;
    for (const auto& one : copy_of(desk->audit_log("", 50)).items)
      if (one.action.starts_with("advisory.")) out.push_back(one.action);
    return out;
  }
  std::size_t watched() {
    std::size_t out = 0;
    for (const auto& one : copy_of(advisories.watched(clock.wall()))) out += one.indicators.size();
    return out;
  }
};

TEST_F(AdvisoriesTest, IsKeptWithWhatCouldNotBeUsed) {
  int changes = 0;
  advisories.on_change([&] { ++changes; });
  const auto made = copy_of(advisories.add(draft(), kFile, "lan"));
  EXPECT_EQ(made.indicators, 3);
  EXPECT_EQ(changes, 1);
  const auto got = copy_of(advisories.get(made.id));
  EXPECT_EQ(got.reference, "15/CV-CATTT");
  ASSERT_EQ(got.not_used.size(), 1u);
  EXPECT_EQ(got.not_used[0].origin, "line 5");
  EXPECT_EQ(got.look_back.state, LookBackState::kWaiting);
  const auto all = copy_of(advisories.indicators(made.id, 0, 10));
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(copy_of(advisories.indicators(made.id, 2, 10)).size(), 1u);
  EXPECT_THAT(audited(), ElementsAre("advisory.added"));
  EXPECT_EQ(copy_of(advisories.list("", 10)).items.size(), 1u);
}

TEST_F(AdvisoriesTest, WhatSaysNothingIsRefused) {
  auto refused = [&](const Advisory& one, std::string_view file) {
    const auto made = advisories.add(one, file, "lan");
    return made ? std::string() : made.error().message();
  };
  EXPECT_NE(refused(draft(" "), kFile), "");
  EXPECT_NE(refused(draft(), "value\nport\n"), "");
  auto span = draft();
  span.valid_from = clock.wall();
  span.valid_until = clock.wall() - hours(1);
  EXPECT_NE(refused(span, kFile), "");
  EXPECT_THAT(copy_of(advisories.list("", 10)).items, IsEmpty());
  EXPECT_THAT(audited(), IsEmpty());
}

TEST_F(AdvisoriesTest, IsWatchedForWithinItsTimesUntilItIsWithdrawn) {
  auto one = draft();
  one.valid_until = clock.wall() + hours(24 * 30);
  const auto made = copy_of(advisories.add(one, kFile, "lan"));
  EXPECT_EQ(watched(), 2u) << "late.example begins in December";
  clock.jump_wall(hours(24 * 6));
  EXPECT_EQ(watched(), 1u) << "evil.example was until the 25th";
  clock.jump_wall(hours(24 * 6));
  EXPECT_EQ(watched(), 2u);
  clock.jump_wall(hours(24 * 30));
  EXPECT_EQ(watched(), 0u) << "the advisory is over";
  clock.jump_wall(-hours(24 * 41));
  EXPECT_FALSE(advisories.withdraw(made.id, " ", "binh")) << "a reason is asked for";
  copy_of(advisories.withdraw(made.id, "Nhầm với hệ thống của chính ta", "binh"));
  EXPECT_EQ(watched(), 0u);
  EXPECT_EQ(advisories.withdraw(made.id, "again", "binh").error().code(), ErrorCode::kConflict);
  EXPECT_FALSE(copy_of(advisories.next_look_back()));
  EXPECT_THAT(audited(), ElementsAre("advisory.withdrawn", "advisory.added"));
}

TEST_F(AdvisoriesTest, IsWatchedForOnceAnotherPersonHasConfirmedIt) {
  auto proposed = draft();
  proposed.confirmed_by.clear();
  const auto made = copy_of(advisories.add(proposed, kFile, "lan"));
  EXPECT_EQ(watched(), 0u);
  EXPECT_FALSE(copy_of(advisories.next_look_back())) << "nothing is searched for before it is confirmed";
  EXPECT_EQ(advisories.look_back(made.id, 7, "lan").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(advisories.confirm(made.id, "lan", true).error().code(), ErrorCode::kForbidden);
  const auto confirmed = copy_of(advisories.confirm(made.id, "binh", false));
  EXPECT_EQ(confirmed.confirmed_by, "binh");
  EXPECT_TRUE(confirmed.confirmed_at);
  EXPECT_EQ(watched(), 2u);
  EXPECT_TRUE(copy_of(advisories.next_look_back()));
  EXPECT_EQ(advisories.confirm(made.id, "chi", true).error().code(), ErrorCode::kConflict);
  EXPECT_THAT(audited(), ElementsAre("advisory.confirmed", "advisory.added"));
}

TEST_F(AdvisoriesTest, WhatNobodyOfOursAddedALeadConfirms) {
  auto mailed = draft();
  mailed.confirmed_by.clear();
  mailed.by_person = false;
  const auto made = copy_of(advisories.add(mailed, kFile, "mail:cert"));
  EXPECT_EQ(advisories.confirm(made.id, "lan", false).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(watched(), 0u);
  EXPECT_FALSE(copy_of(advisories.confirm(made.id, "lan", true)).by_person);
  EXPECT_EQ(watched(), 2u);
}

TEST_F(AdvisoriesTest, ALookBackIsKeptWithWhatItFound) {
  const auto made = copy_of(advisories.add(draft(), kFile, "lan"));
  ASSERT_TRUE(copy_of(advisories.next_look_back()));
  EXPECT_FALSE(advisories.look_back(made.id, 7, "lan")) << "one is waiting";
  LookBack running{.state = LookBackState::kRunning, .days = 30, .events = 10};
  ASSERT_TRUE(advisories.looked(made.id, running));
  EXPECT_TRUE(copy_of(advisories.next_look_back())) << "an interrupted one begins anew";
  auto finding = own_finding(clock, "advisory_match");
  finding.asset = {"host", "web-1", "web-1"};
  finding.title = {"logs.advisory_match.title", {{"indicator", "x"}, {"advisory", "y"}, {"host", "web-1"}}};
  finding.severity = Severity::kHigh;
  finding.dedup_key = "logs/advisory";
  LookBack done{.state = LookBackState::kDone,
                .days = 30,
                .reached = clock.wall() - hours(24),
                .events = 20,
                .hits = 1,
                .finished_at = clock.wall()};
  ASSERT_TRUE(advisories.looked(made.id, done, {{7, clock.wall(), "web-1", "syslog/1", "203[.]0[.]113[.]7"}},
                                {finding}));
  EXPECT_FALSE(copy_of(advisories.next_look_back()));
  const auto hits = copy_of(advisories.hits(made.id));
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].event_id, 7u);
  EXPECT_EQ(copy_of(desk->alerts({.limit = 10})).items.size(), 1u);
  EXPECT_EQ(copy_of(advisories.look_back(made.id, 9'999, "lan")).look_back.days,
            AdvisoryRules::kLookBackDays);
}

}  // namespace
}  // namespace vedette::desk
