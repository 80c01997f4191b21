#include "server/logs/advisory_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk/desk.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct AdvisoryWatchTest : testing::Test {
  store::TemporaryFolder folder;
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database =
      *store::open_sqlite({.path = folder / "state.db"}, desk::desk_migrations(), clock, metrics);
  std::unique_ptr<desk::Desk> desk = desk::make_desk({}, *database, clock, metrics);
  std::unique_ptr<store::EventStore> events = *store::open_event_store(
      {.folder = folder / "events", .group_wait = std::chrono::milliseconds(1), .disk_reserve = 0}, clock,
      metrics);
  std::unique_ptr<logs::LogWatch> watch =
      *logs::LogWatch::start({}, logs::make_snapshot({}), *events, *desk, clock, metrics);
  desk::Advisories advisories{*database, *desk, clock};

  void send(std::string event) {
    logs::LogBatch batch;
    batch.sender = {"test/one", "one", "test", 3};
    batch.form = logs::LogForm::kJson;
    batch.received = clock.wall();
    batch.events = {std::move(event)};
    auto taken = watch->submit(std::move(batch)).get();
    ASSERT_TRUE(taken) << taken.error().full();
  }
  std::string add(std::string_view file, std::int64_t days = 30) {
    auto made = advisories.add({.title = "Campaign",
                                .reference = "12/2026",
                                .authority = "CERT",
                                .confirmed_by = "lan",
                                .look_back = {.days = days}},
                               file, "lan");
    EXPECT_TRUE(made) << made.error().full();
    return made->id;
  }
  std::vector<desk::Alert> alerts() { return desk->alerts({.limit = 100}).value().items; }
};

TEST_F(AdvisoryWatchTest, WhatIsListedIsFoundInEventsThatCome) {
  AdvisoryWatch between(advisories, *watch, *events, clock);
  const auto id = add("value\nevil.example\n", 0);
  ASSERT_TRUE(between.refresh());
  send(R"({"host":{"name":"pc-1"},"dns":{"question":{"name":"cdn.evil.example"}}})");
  send(R"({"host":{"name":"pc-1"},"dns":{"question":{"name":"good.example"}}})");
  ASSERT_EQ(alerts().size(), 1u);
  const auto alert = alerts()[0];
  EXPECT_EQ(alert.kind, "advisory_match");
  EXPECT_EQ(alert.severity, Severity::kHigh);
  EXPECT_EQ(render(alert.title, Language::kEnglish), "evil[.]example of “Campaign” on pc-1");
  EXPECT_EQ(events->search({.rule = "advisory:" + id}).value().events.size(), 1u);
  ASSERT_TRUE(advisories.withdraw(id, "no longer", "lan"));
  ASSERT_TRUE(between.refresh());
  send(R"({"host":{"name":"pc-2"},"dns":{"question":{"name":"cdn.evil.example"}}})");
  EXPECT_EQ(alerts().size(), 1u);
}

TEST_F(AdvisoryWatchTest, AFreshListIsLookedForInWhatWasStored) {
  send(R"({"host":{"name":"pc-1"},"destination":{"ip":"203.0.113.7"}})");
  send(R"({"host":{"name":"pc-1"},"destination":{"ip":"203.0.113.7"}})");
  send(R"({"host":{"name":"pc-2"},"destination":{"ip":"203.0.113.9"}})");
  send(R"({"host":{"name":"pc-3"},"destination":{"ip":"192.0.2.1"}})");
  EXPECT_THAT(alerts(), IsEmpty());
  AdvisoryWatch between(advisories, *watch, *events, clock);
  const auto id = add("value\n203.0.113.0/28\n");
  EXPECT_TRUE(between.look_back_once({}).value());
  const auto after = advisories.get(id).value().look_back;
  EXPECT_EQ(after.state, desk::LookBackState::kDone) << after.trouble;
  EXPECT_EQ(after.events, 4);
  EXPECT_EQ(after.hits, 3);
  EXPECT_EQ(advisories.hits(id).value().size(), 3u);
  EXPECT_EQ(alerts().size(), 2u) << "one for each host";
  EXPECT_FALSE(between.look_back_once({}).value());
  // The same thing met today is the same alert.
  ASSERT_TRUE(between.refresh());
  send(R"({"host":{"name":"pc-2"},"destination":{"ip":"203.0.113.9"}})");
  EXPECT_EQ(alerts().size(), 2u);
}

TEST_F(AdvisoryWatchTest, ALimitEndsALookBackAndIsSaid) {
  for (int i = 0; i < 3; ++i) send(R"({"host":{"name":"pc-1"},"source":{"ip":"203.0.113.7"}})");
  AdvisoryWatch between(advisories, *watch, *events, clock, {.time_max = std::chrono::milliseconds(-1)});
  const auto id = add("value\n203.0.113.7\n");
  EXPECT_TRUE(between.look_back_once({}).value());
  const auto after = advisories.get(id).value().look_back;
  EXPECT_EQ(after.state, desk::LookBackState::kCut);
  EXPECT_EQ(after.hits, 3) << "what was found until then is kept";
}

}  // namespace
}  // namespace vedette::server
