// A child process writes and says on a pipe which rows were acknowledged; it is killed with SIGKILL at random
// moments. Whatever it acknowledged must be there afterwards.
#include <gtest/gtest.h>

#include "store/killed_child.h"
#include "store/sqlite_backup.h"
#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

constexpr Migration kTables[] = {
    {"test", 1, "items", "CREATE TABLE items(id INTEGER PRIMARY KEY, body TEXT NOT NULL);"}};
constexpr int kThreads = 4;
constexpr int kRounds = 25;

// The child: started by the test below, through this program's own file.
TEST(KillNine, DISABLED_Child) {
  const char* path = killed_child_path();
  ASSERT_NE(path, nullptr);
  SystemClock clock;
  Metrics metrics;
  auto database = open_sqlite({.path = path}, kTables, clock, metrics);
  ASSERT_TRUE(database) << database.error().full();
  std::atomic<std::int64_t> next = 0;
  ASSERT_TRUE((*database)->read([&](Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT COALESCE(MAX(id), 0) FROM items"));
    next = rows[0].integer(0) + 1;
    return {};
  }));
  std::vector<std::jthread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([&] {
      for (;;) {
        std::int64_t id = next++;
        auto written = (*database)->write([id](Session& session) -> Result<void> {
          TRY(session.execute("INSERT INTO items VALUES (?,?)",
                              {id, std::string(static_cast<std::size_t>(id % 5000), 'b')}));
          return {};
        });
        if (!written || !say_acknowledged(id)) ::_exit(1);
      }
    });
  }
}

TEST(KillNine, WhateverWasAcknowledgedIsThere) {
  TemporaryFolder folder;
  auto path = folder / "state.db";
  std::mt19937 random(20260101);
  std::vector<std::int64_t> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    auto said = run_and_kill("KillNine.DISABLED_Child", path, 60, random);
    acknowledged.insert(acknowledged.end(), said.begin(), said.end());
  }
  ASSERT_GE(acknowledged.size(), static_cast<std::size_t>(kRounds));
  SystemClock clock;
  Metrics metrics;
  auto database = open_sqlite({.path = path}, kTables, clock, metrics);
  ASSERT_TRUE(database) << database.error().full();
  ASSERT_TRUE((*database)->read([&](Session& session) -> Result<void> {
    for (auto id : acknowledged) {
      TRY_ASSIGN(auto rows, session.query("SELECT LENGTH(body) FROM items WHERE id = ?", {id}));
      EXPECT_EQ(rows.size(), 1u) << "row " << id << " was acknowledged and is gone";
      if (!rows.empty()) {
        EXPECT_EQ(rows[0].integer(0), id % 5000);
      }
    }
    return {};
  }));
  database->reset();
  EXPECT_TRUE(check_sqlite(path));
  RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
}

}  // namespace
}  // namespace vedette::store
