#include <gtest/gtest.h>

#include <fstream>

#include "store/sqlite_backup.h"
#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

namespace fs = std::filesystem;
constexpr Migration kTables[] = {
    {"test", 1, "items", "CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT NOT NULL);"}};

struct BackupTest : testing::Test {
  TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  fs::path path = folder / "state.db";
  std::unique_ptr<Database> database = *open_sqlite({.path = path}, kTables, clock, metrics);

  void add(int from, int to) {
    ASSERT_TRUE(database->write([=](Session& session) -> Result<void> {
      for (int i = from; i <= to; ++i) {
        TRY(session.execute("INSERT INTO items VALUES (?,?)", {std::int64_t{i}, std::string(200, 'n')}));
      }
      return {};
    }));
  }
  std::int64_t count(const fs::path& file) {
    auto opened = open_sqlite({.path = file}, kTables, clock, metrics);
    EXPECT_TRUE(opened) << opened.error().full();
    std::int64_t rows = -1;
    if (opened) {
      (void)(*opened)->read([&](Session& session) -> Result<void> {
        TRY_ASSIGN(auto found, session.query("SELECT COUNT(*) FROM items"));
        rows = found[0].integer(0);
        return {};
      });
    }
    return rows;
  }
  std::vector<fs::path> kept() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().filename().string().contains("before-restore")) found.push_back(entry.path());
    }
    return found;
  }
};

TEST_F(BackupTest, ABackupUnderWritesIsOneConsistentMoment) {
  add(1, 5000);
  std::atomic<bool> stop = false;
  std::jthread writer([&] {
    // Pairs: whoever sees an odd number of rows has seen half a transaction.
    for (int i = 5001; !stop; i += 2) add(i, i + 1);
  });
  auto made = database->backup(folder / "copy.db");
  stop = true;
  writer.join();
  ASSERT_TRUE(made) << made.error().full();
  EXPECT_FALSE(fs::exists(folder / "copy.db.partial"));
  EXPECT_FALSE(fs::exists(folder / "copy.db-wal")) << "a backup is one file";
  EXPECT_TRUE(check_sqlite(folder / "copy.db"));
  auto rows = count(folder / "copy.db");
  EXPECT_GE(rows, 5000);
  EXPECT_EQ(rows % 2, 0);
  EXPECT_EQ(fs::status(folder / "copy.db").permissions() & fs::perms::others_read, fs::perms::none);
}

TEST_F(BackupTest, ABackupNeverOverwrites) {
  add(1, 1);
  std::ofstream(folder / "copy.db") << "precious";
  auto made = database->backup(folder / "copy.db");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(fs::file_size(folder / "copy.db"), 8u);
}

TEST_F(BackupTest, RestoreIsRefusedWhileTheDatabaseIsOpen) {
  add(1, 3);
  ASSERT_TRUE(database->backup(folder / "copy.db"));
  auto restored = restore_sqlite(folder / "copy.db", path, clock);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code(), ErrorCode::kConflict);
  EXPECT_NE(restored.error().full().find("stop it first"), std::string::npos) << restored.error().full();
}

TEST_F(BackupTest, RestorePutsTheBackupInPlaceAndKeepsTheOldFile) {
  add(1, 3);
  ASSERT_TRUE(database->backup(folder / "copy.db"));
  add(4, 10);
  database.reset();
  auto restored = restore_sqlite(folder / "copy.db", path, clock);
  ASSERT_TRUE(restored) << restored.error().full();
  EXPECT_EQ(count(path), 3);
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_EQ(count(kept()[0]), 10);
}

TEST_F(BackupTest, RestoreDoesNotLetAnOldWriteAheadLogIntoTheNewFile) {
  add(1, 3);
  ASSERT_TRUE(database->backup(folder / "copy.db"));
  add(4, 10);
  // What kill -9 leaves: a -wal that was never played back.
  fs::path crashed = folder / "crashed.db";
  fs::copy_file(path, crashed);
  fs::copy_file(path.string() + "-wal", crashed.string() + "-wal");
  ASSERT_GT(fs::file_size(crashed.string() + "-wal"), 0u);
  ASSERT_TRUE(restore_sqlite(folder / "copy.db", crashed, clock));
  EXPECT_EQ(count(crashed), 3);
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_EQ(count(kept()[0]), 10);
}

TEST_F(BackupTest, ADamagedBackupIsNotRestored) {
  add(1, 3000);
  ASSERT_TRUE(database->backup(folder / "copy.db"));
  database.reset();
  auto size = fs::file_size(folder / "copy.db");
  {
    std::fstream file(folder / "copy.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(8192, '\x33');
  }
  auto restored = restore_sqlite(folder / "copy.db", path, clock);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(count(path), 3000);
  EXPECT_TRUE(kept().empty());
}

TEST_F(BackupTest, RestoreOntoAnEmptyPlaceWorks) {
  add(1, 3);
  ASSERT_TRUE(database->backup(folder / "copy.db"));
  ASSERT_TRUE(restore_sqlite(folder / "copy.db", folder / "fresh.db", clock));
  EXPECT_EQ(count(folder / "fresh.db"), 3);
}

}  // namespace
}  // namespace vedette::store
