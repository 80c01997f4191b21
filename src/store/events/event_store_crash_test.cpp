// A child appends numbered batches and is killed at random moments; like an agent it goes on with the first
// number that was not acknowledged. Whatever was acknowledged is there, and nothing is there twice.
#include <gtest/gtest.h>

#include "store/events/event_store.h"
#include "store/killed_child.h"
#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

constexpr int kRounds = 15;

Result<std::unique_ptr<EventStore>> open(const std::filesystem::path& folder, const Clock& clock,
                                         Metrics& metrics) {
  return open_event_store({.folder = folder, .group_wait = std::chrono::milliseconds(1), .disk_reserve = 0},
                          clock, metrics);
}

// Most batches have number % 40 + 1 events that say the number; a few fill row groups of the table, which
// goes another way to the disk.
std::int64_t events_in(std::int64_t number) { return number % 100 == 7 ? 5000 : number % 40 + 1; }
EventBatch batch_of(std::int64_t number, WallTime now) {
  EventBatch out{"agent/epoch", static_cast<std::uint64_t>(number), {}};
  for (std::int64_t i = 0; i < events_in(number); ++i)
    out.events.push_back({.time = now,
                          .received = now,
                          .source = "child",
                          .raw = fmt::format("batch {} event {}", number, i)});
  return out;
}

TEST(EventStoreCrash, DISABLED_Child) {
  SystemClock clock;
  Metrics metrics;
  auto store = open(std::filesystem::path(killed_child_path()), clock, metrics);
  ASSERT_TRUE(store) << store.error().full();
  auto newest = (*store)->search({.limit = 1});
  ASSERT_TRUE(newest) << newest.error().full();
  // Not the store's own word for what is there: the sender only knows what it was told, so it sends the last
  // again.
  std::int64_t number = 1;
  if (!newest->events.empty()) {
    ASSERT_EQ(std::sscanf(newest->events[0].raw.c_str(), "batch %ld", &number), 1);
  }
  for (;; ++number) {
    auto done = (*store)->append(batch_of(number, clock.wall())).get();
    if (!done || !say_acknowledged(number)) ::_exit(1);
    if (number % 50 == 0 && !(*store)->keep_house()) ::_exit(1);
  }
}

TEST(EventStoreCrash, NothingAcknowledgedIsLostAndNothingIsThereTwice) {
  TemporaryFolder folder;
  std::mt19937 random(20261128);
  std::int64_t acknowledged = 0;
  for (int round = 0; round < kRounds; ++round)
    for (auto number : run_and_kill("EventStoreCrash.DISABLED_Child", folder / "events", 40, random))
      acknowledged = std::max(acknowledged, number);
  SystemClock clock;
  Metrics metrics;
  auto store = open(folder / "events", clock, metrics);
  ASSERT_TRUE(store) << store.error().full();
  std::map<std::string, int> seen;
  std::int64_t last = 0;
  EventQuery query{.limit = 1000};
  for (;;) {
    auto page = (*store)->search(query);
    ASSERT_TRUE(page) << page.error().full();
    for (const auto& event : page->events) {
      ++seen[event.raw];
      std::int64_t number = 0;
      ASSERT_EQ(std::sscanf(event.raw.c_str(), "batch %ld", &number), 1);
      last = std::max(last, number);
    }
    if (page->next.empty()) break;
    query.after = page->next;
  }
  EXPECT_GE(acknowledged, kRounds);
  EXPECT_GE(last, acknowledged);
  std::size_t events = 0;
  for (std::int64_t number = 1; number <= last; ++number)
    for (const auto& event : batch_of(number, clock.wall()).events) {
      ++events;
      EXPECT_EQ(seen[event.raw], 1) << event.raw;
    }
  EXPECT_EQ(seen.size(), events);
  RecordProperty("batches", static_cast<int>(last));
}

}  // namespace
}  // namespace vedette::store
