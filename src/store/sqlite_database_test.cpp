#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <latch>

#include "store/database.h"
#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

constexpr Migration kTables[] = {
    {"test", 1, "items",
     "CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent INTEGER REFERENCES "
     "items(id));"},
};

struct DatabaseTest : testing::Test {
  TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<Database> database = open();

  std::unique_ptr<Database> open(std::span<const Migration> migrations = kTables,
                                 const char* name = "state.db") {
    auto opened = open_sqlite({.path = folder / name}, migrations, clock, metrics);
    EXPECT_TRUE(opened) << opened.error().full();
    return opened ? *std::move(opened) : nullptr;
  }
  static Database::Write insert(std::int64_t id, std::string name) {
    return [=](Session& session) -> Result<void> {
      TRY(session.execute("INSERT INTO items(id, name) VALUES (?,?)", {id, name}));
      return {};
    };
  }
  static std::int64_t count(Database& from) {
    std::int64_t rows = -1;
    EXPECT_TRUE(from.read([&](Session& session) -> Result<void> {
      TRY_ASSIGN(auto found, session.query("SELECT COUNT(*) FROM items"));
      rows = found[0].integer(0);
      return {};
    }));
    return rows;
  }
};

TEST_F(DatabaseTest, EveryKindOfValueComesBackAsItWasWritten) {
  Parameters written = {std::monostate{}, std::int64_t{-9'007'199'254'740'993}, 2.5, std::string("đ\0x", 4),
                        Blob{std::string("\xff\0\x01", 3)}};
  ASSERT_TRUE(database->read([&](Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT ?, ?, ?, ?, ?", written));
    const Row& row = rows.at(0);
    EXPECT_TRUE(row.is_null(0));
    EXPECT_EQ(row.integer(1), -9'007'199'254'740'993);
    EXPECT_EQ(row.real(2), 2.5);
    EXPECT_EQ(row.text(3), std::string("đ\0x", 4));
    EXPECT_EQ(row.blob(4), std::string("\xff\0\x01", 3));
    EXPECT_EQ(row.text_or(0, "none"), "none");
    return {};
  }));
}

TEST_F(DatabaseTest, WritesThatWaitTogetherShareOneCommit) {
  auto before = database->status();
  std::latch hold(1);
  auto first = database->write_async([&](Session&) -> Result<void> {
    hold.wait();
    return {};
  });
  std::vector<std::future<Result<void>>> writes;
  for (int i = 1; i <= 200; ++i) writes.push_back(database->write_async(insert(i, fmt::format("n{}", i))));
  hold.count_down();
  ASSERT_TRUE(first.get());
  for (auto& write : writes) ASSERT_TRUE(write.get());
  auto after = database->status();
  EXPECT_EQ(after.writes - before.writes, 201u);
  EXPECT_EQ(after.commits - before.commits, 1u);
  EXPECT_EQ(count(*database), 200);
}

TEST_F(DatabaseTest, AFailingWriteIsRolledBackAlone) {
  std::latch hold(1);
  auto first = database->write_async([&](Session&) -> Result<void> {
    hold.wait();
    return {};
  });
  auto good = database->write_async(insert(1, "a"));
  auto half = database->write_async([](Session& session) -> Result<void> {
    TRY(session.execute("INSERT INTO items(id, name) VALUES (2, 'b')"));
    return fail(ErrorCode::kInvalid, "changed my mind");
  });
  auto twin = database->write_async(insert(3, "a"));
  auto orphan = database->write_async([](Session& session) -> Result<void> {
    TRY(session.execute("INSERT INTO items(id, name, parent) VALUES (4, 'd', 999)"));
    return {};
  });
  auto thrower = database->write_async([](Session&) -> Result<void> { throw std::runtime_error("defect"); });
  auto last = database->write_async(insert(5, "e"));
  hold.count_down();
  EXPECT_TRUE(good.get());
  EXPECT_EQ(half.get().error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(twin.get().error().code(), ErrorCode::kConflict);
  EXPECT_EQ(orphan.get().error().code(), ErrorCode::kConflict) << "foreign keys are on";
  EXPECT_EQ(thrower.get().error().code(), ErrorCode::kInternal);
  EXPECT_TRUE(last.get());
  EXPECT_EQ(count(*database), 2);
}

TEST_F(DatabaseTest, AReaderSeesOneSnapshotWhileTheWriterGoesOn) {
  ASSERT_TRUE(database->write(insert(1, "a")));
  ASSERT_TRUE(database->read([&](Session& session) -> Result<void> {
    TRY_ASSIGN(auto before, session.query("SELECT COUNT(*) FROM items"));
    EXPECT_TRUE(database->write(insert(2, "b")));
    TRY_ASSIGN(auto after, session.query("SELECT COUNT(*) FROM items"));
    EXPECT_EQ(before[0].integer(0), after[0].integer(0));
    EXPECT_FALSE(session.execute("DELETE FROM items")) << "a reader changes nothing";
    return {};
  }));
  EXPECT_EQ(count(*database), 2);
}

TEST_F(DatabaseTest, AQueryMayRunInsideAStreamOfTheSameStatement) {
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(database->write(insert(i, fmt::format("n{}", i))));
  ASSERT_TRUE(database->read([&](Session& session) -> Result<void> {
    int outer = 0, inner = 0;
    TRY(session.stream("SELECT id FROM items", {}, [&](const Row&) {
      ++outer;
      EXPECT_TRUE(session.stream("SELECT id FROM items", {}, [&](const Row&) {
        ++inner;
        return true;
      }));
      return true;
    }));
    EXPECT_EQ(outer, 3);
    EXPECT_EQ(inner, 9);
    return {};
  }));
}

TEST_F(DatabaseTest, TheQueueHoldsWritersBackAndClosingFinishesWhatItTook) {
  auto small = open_sqlite({.path = folder / "small.db", .write_queue = 2}, kTables, clock, metrics);
  ASSERT_TRUE(small);
  std::latch hold(1), running(1);
  auto first = (*small)->write_async([&](Session&) -> Result<void> {
    running.count_down();
    hold.wait();
    return {};
  });
  running.wait();
  auto second = (*small)->write_async(insert(1, "a"));
  auto third = (*small)->write_async(insert(2, "b"));
  std::atomic<bool> entered = false;
  std::future<Result<void>> fourth;
  std::jthread blocked([&] {
    fourth = (*small)->write_async(insert(3, "c"));
    entered = true;
  });
  EXPECT_EQ((*small)->status().queue_depth, 2u);
  EXPECT_FALSE(entered);
  hold.count_down();
  blocked.join();
  EXPECT_TRUE(fourth.get());
  auto last = (*small)->write_async(insert(4, "d"));
  small->reset();
  EXPECT_TRUE(last.get());
}

using DatabaseDeathTest = DatabaseTest;
TEST_F(DatabaseDeathTest, AWriteInsideAWriteStopsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      (void)database->write([&](Session&) -> Result<void> { return database->write(insert(1, "a")); }), "");
}

TEST_F(DatabaseTest, MigrationsGoForwardOnceAndInOrder) {
  ASSERT_TRUE(database->write(insert(1, "kept")));
  database.reset();
  constexpr Migration more[] = {
      kTables[0],
      {"test", 2, "colour", "ALTER TABLE items ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"},
      {"other", 1, "things", "CREATE TABLE things(id INTEGER PRIMARY KEY);"}};
  database = open(more);
  database.reset();
  database = open(more);
  ASSERT_TRUE(database->read([](Session& session) -> Result<void> {
    TRY_ASSIGN(auto item, session.query("SELECT name, colour FROM items"));
    EXPECT_EQ(item.at(0).text(1), "red");
    TRY_ASSIGN(
        auto steps,
        session.query("SELECT component, version, name, applied_at FROM schema_migrations ORDER BY 1, 2"));
    EXPECT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps.at(2).text(2), "colour");
    EXPECT_GT(steps.at(2).integer(3), 0);
    return {};
  }));
}

TEST_F(DatabaseTest, ANewerDatabaseAndAnEditedMigrationAreRefused) {
  database.reset();
  constexpr Migration two[] = {kTables[0], {"test", 2, "more", "CREATE TABLE more(id INTEGER);"}};
  open(two);
  auto older = open_sqlite({.path = folder / "state.db"}, kTables, clock, metrics);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code(), ErrorCode::kUnsupported);
  EXPECT_NE(older.error().full().find("newer"), std::string::npos) << older.error().full();
  constexpr Migration edited[] = {kTables[0], {"test", 2, "more", "CREATE TABLE more(id TEXT);"}};
  auto changed = open_sqlite({.path = folder / "state.db"}, edited, clock, metrics);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(open_sqlite({.path = folder / "state.db"}, {}, clock, metrics)) << "tools open what is there";
}

TEST_F(DatabaseTest, AMigrationThatFailsLeavesNothingBehind) {
  constexpr Migration broken[] = {
      {"test", 1, "half", "CREATE TABLE half(id INTEGER); CREATE TABLE half(id INTEGER);"}};
  auto failed = open_sqlite({.path = folder / "half.db"}, broken, clock, metrics);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().full().find("migration test 1 (half)"), std::string::npos)
      << failed.error().full();
  constexpr Migration mended[] = {{"test", 1, "half", "CREATE TABLE half(id INTEGER);"}};
  EXPECT_TRUE(open_sqlite({.path = folder / "half.db"}, mended, clock, metrics));
}

TEST_F(DatabaseTest, AFileOfAnotherKindIsRefusedAndLeftAlone) {
  auto put = [&](const char* name, std::string bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  put("text.db", std::string(5000, 'x'));
  auto text = open_sqlite({.path = folder / "text.db"}, kTables, clock, metrics);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(text.error().full().find("text.db"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(folder / "text.db"), 5000u);
}

TEST_F(DatabaseTest, ADamagedFileSaysSo) {
  ASSERT_TRUE(database->write([](Session& session) -> Result<void> {
    for (int i = 1; i <= 2000; ++i) {
      TRY(session.execute("INSERT INTO items(id, name) VALUES (?,?)",
                          {std::int64_t{i}, std::string(100, 'a') + std::to_string(i)}));
    }
    return {};
  }));
  database.reset();
  auto path = folder / "state.db";
  auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(size / 4, '\x5a');
  }
  auto opened = open_sqlite({.path = path}, kTables, clock, metrics);
  auto result = opened ? (*opened)->read([](Session& session) -> Result<void> {
    TRY(session.query("SELECT COUNT(name) FROM items NOT INDEXED WHERE name <> ''"));
    return {};
  })
                       : Result<void>(std::unexpected(opened.error()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt) << result.error().full();
  EXPECT_NE(result.error().full().find("restore a backup"), std::string::npos) << result.error().full();
}

// A file system that is really full where we may mount one, a file-size limit elsewhere.
struct FullDisk {
  TemporaryFolder folder;
  bool mounted = ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1536k") == 0;
  rlimit before{};
  FullDisk() {
    if (mounted) return;
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit small{.rlim_cur = 1'500'000, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    if (mounted) ::umount2(folder.path().c_str(), MNT_DETACH);
    if (!mounted) ::setrlimit(RLIMIT_FSIZE, &before);
  }
};

TEST_F(DatabaseTest, OnAFullDiskNothingIsAcknowledgedThatIsNotThere) {
  std::int64_t acknowledged = 0;
  TemporaryFolder rescued;
  {
    FullDisk disk;
    auto opened = open_sqlite({.path = disk.folder / "state.db"}, kTables, clock, metrics);
    ASSERT_TRUE(opened) << opened.error().full();
    Result<void> result;
    for (int i = 1; i <= 1000 && result; ++i) {
      result = (*opened)->write(insert(i, std::string(20'000, 'x') + std::to_string(i)));
      if (result) ++acknowledged;
    }
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kUnavailable) << result.error().full();
    EXPECT_NE(result.error().full().find("disk"), std::string::npos) << result.error().full();
    EXPECT_EQ(count(**opened), acknowledged);
    auto again = (*opened)->write(insert(5000, std::string(40'000, 'x')));
    EXPECT_FALSE(again) << "still full";
    opened->reset();
    for (const char* name : {"state.db", "state.db-wal"}) {
      std::error_code missing;
      std::filesystem::copy_file(disk.folder / name, rescued / name, missing);
    }
  }
  auto reopened = open_sqlite({.path = rescued / "state.db"}, kTables, clock, metrics);
  ASSERT_TRUE(reopened) << reopened.error().full();
  EXPECT_GT(acknowledged, 5);
  EXPECT_EQ(count(**reopened), acknowledged);
  EXPECT_TRUE((*reopened)->write(insert(5000, "room again")));
}

}  // namespace
}  // namespace vedette::store
