// Puts the writer, the readers and the lock together; see database.h for the contract.
#include "base/log.h"
#include "store/file_lock.h"
#include "store/migrations.h"
#include "store/sqlite_readers.h"
#include "store/sqlite_writer.h"

namespace vedette::store {
namespace {

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::filesystem::path path, FileLock lock, std::unique_ptr<SqliteConnection> writer,
                 std::unique_ptr<SqliteReaders> readers, const DatabaseOptions& options, const Clock& clock,
                 Metrics& metrics)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        readers_(std::move(readers)),
        writer_(std::move(writer), options, clock, metrics) {}

  Result<void> write(Write work) override { return writer_.submit(std::move(work)).get(); }
  std::future<Result<void>> write_async(Write work) override { return writer_.submit(std::move(work)); }
  Result<void> read(const Read& work) override { return readers_->read(work); }
  Result<void> backup(const std::filesystem::path& to) override { return backup_sqlite(path_, to); }

  const std::filesystem::path& path() const override { return path_; }
  Status status() const override {
    return {.queue_depth = writer_.queue_depth(),
            .queue_capacity = writer_.queue_capacity(),
            .commits = writer_.commits(),
            .writes = writer_.writes(),
            .size_bytes = file_size(path_) + file_size(path_.string() + "-wal")};
  }

 private:
  static std::uint64_t file_size(const std::filesystem::path& path) {
    std::error_code missing;
    auto size = std::filesystem::file_size(path, missing);
    return missing ? 0 : size;
  }

  const std::filesystem::path path_;
  FileLock lock_;
  std::unique_ptr<SqliteReaders> readers_;
  SqliteWriter writer_;
};

// What the query planner knows of large tables. Without figures it takes every table for large; figures of a
// small one would mislead it once it has grown. At the start only, before anybody reads: readers that are
// open do not hear of new figures. A sample, so that it takes milliseconds whatever the size.
constexpr const char* kStatistics = R"sql(
PRAGMA analysis_limit=1000;
ANALYZE;
DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < 10000;
)sql";

Result<void> prepare_file(const std::filesystem::path& path, std::span<const Migration> migrations,
                          const Clock& clock) {
  TRY_ASSIGN(auto connection, SqliteConnection::open(path, OpenMode::kWriter));
  TRY(migrate(*connection, migrations, clock));
  if (auto done = connection->script(kStatistics); !done)
    log::warn("store", "the query planner has no new figures", {{"error.message", done.error().full()}});
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const DatabaseOptions& options,
                                              std::span<const Migration> migrations, const Clock& clock,
                                              Metrics& metrics) {
  auto open = [&]() -> Result<std::unique_ptr<Database>> {
    TRY_ASSIGN(auto lock, FileLock::take(options.path, FileLock::Kind::kShared));
    TRY(prepare_file(options.path, migrations, clock));
    TRY_ASSIGN(auto writer, SqliteConnection::open(options.path, OpenMode::kWriter));
    TRY_ASSIGN(auto readers, SqliteReaders::open(options.path, options.readers));
    return std::make_unique<SqliteDatabase>(options.path, std::move(lock), std::move(writer),
                                            std::move(readers), options, clock, metrics);
  };
  auto database = open();
  if (!database)
    return fail(std::move(database).error(), fmt::format("opening the database {}", options.path.string()));
  return database;
}

}  // namespace vedette::store
