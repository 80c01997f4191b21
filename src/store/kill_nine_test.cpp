// A child process writes and says on a pipe which rows were acknowledged; it is killed with SIGKILL at random
// moments. Whatever it acknowledged must be there afterwards.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "store/sqlite_backup.h"
#include "store/temporary_folder.h"

extern char** environ;

namespace vedette::store {
namespace {

constexpr Migration kTables[] = {
    {"test", 1, "items", "CREATE TABLE items(id INTEGER PRIMARY KEY, body TEXT NOT NULL);"}};
constexpr int kAcknowledgeFd = 3;
constexpr int kThreads = 4;
constexpr int kRounds = 25;

// The child: started by the test below, through this program's own file.
TEST(KillNine, DISABLED_Child) {
  const char* path = std::getenv("VEDETTE_KILL_NINE_DATABASE");
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
        if (!written || ::write(kAcknowledgeFd, &id, sizeof id) != sizeof id) ::_exit(1);
      }
    });
  }
}

pid_t start_child(const std::filesystem::path& database, int write_end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, write_end, kAcknowledgeFd);
  ::setenv("VEDETTE_KILL_NINE_DATABASE", database.c_str(), 1);
  const char* arguments[] = {"store_test", "--gtest_also_run_disabled_tests",
                             "--gtest_filter=KillNine.DISABLED_Child", nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments), environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

TEST(KillNine, WhateverWasAcknowledgedIsThere) {
  TemporaryFolder folder;
  auto path = folder / "state.db";
  std::mt19937 random(20260101);
  std::vector<std::int64_t> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    pid_t child = start_child(path, ends[1]);
    ::close(ends[1]);
    // The moment is counted in acknowledged rows plus a little, so that it does not depend on the machine's
    // speed.
    auto wanted = static_cast<std::size_t>(std::uniform_int_distribution(1, 60)(random));
    std::int64_t id = 0;
    for (std::size_t seen = 0; seen < wanted && ::read(ends[0], &id, sizeof id) == sizeof id; ++seen)
      acknowledged.push_back(id);
    std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(0, 3000)(random)));
    ::kill(child, SIGKILL);
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.push_back(id);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself";
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
