// Database: the state store. One writer thread, group commit, any number of readers.
//
// A write is a function that runs inside a transaction on the writer thread. write() returns after the
// transaction that carries it is durable (SQLite: WAL, synchronous=FULL); writes that arrive together share
// one fsync, and one that fails is rolled back alone (savepoint). A writer function must be quick and do no
// other I/O. The SQL is the common part of SQLite and PostgreSQL, with ? for parameters. All calls are
// thread-safe; calling write() from inside a writer function is an assertion. So is a parameter count that
// does not fit the SQL.
//
// Errors: kConflict (a constraint), kUnavailable (disk full, I/O, locked: nothing of the write was kept),
// kCorrupt (the file is damaged: restore a backup), kUnsupported (the database is newer, or an applied
// migration was edited). A commit whose fsync failed is reported as not kept although it may be there after a
// restart: write such that doing it twice does no harm.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"

namespace vedette::store {

struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;
using Parameters = std::vector<Value>;

class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  std::size_t size() const { return values_.size(); }
  bool is_null(std::size_t column) const;
  // The column's value; asserts that it has the type asked for (the SQL is ours).
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;  // takes integers too
  const std::string& text(std::size_t column) const;
  const std::string& blob(std::size_t column) const;
  std::string text_or(std::size_t column, std::string_view if_null) const;
  std::int64_t integer_or(std::size_t column, std::int64_t if_null) const;

 private:
  std::vector<Value> values_;
};
using Rows = std::vector<Row>;

// A connection inside a transaction (writer) or a consistent read snapshot (reader). Not thread-safe.
class Session {
 public:
  virtual ~Session() = default;
  virtual Result<Rows> query(std::string_view sql, const Parameters& parameters = {}) = 0;
  // Rows changed.
  virtual Result<std::int64_t> execute(std::string_view sql, const Parameters& parameters = {}) = 0;
  // Calls `each` row by row without keeping them; `each` returns false to stop.
  virtual Result<void> stream(std::string_view sql, const Parameters& parameters,
                              const std::function<bool(const Row&)>& each) = 0;
};

// One forward-only step of one component's tables. Versions count from 1 without holes; a step that was
// applied is never edited (its checksum is kept and compared at start).
struct Migration {
  std::string_view component;  // "desk", "sites", "accounts"
  int version;
  std::string_view name;
  std::string_view sql;
};

struct DatabaseOptions {
  std::filesystem::path path;
  std::size_t readers = 4;
  std::size_t write_queue = 4096;       // writes waiting; a further write() waits for room (back-pressure)
  std::size_t group_commit_max = 1024;  // writes in one transaction
};

class Database {
 public:
  virtual ~Database() = default;

  using Write = std::function<Result<void>(Session&)>;
  using Read = std::function<Result<void>(Session&)>;

  virtual Result<void> write(Write work) = 0;
  virtual std::future<Result<void>> write_async(Write work) = 0;
  // One consistent snapshot; waits when all reader connections are in use.
  virtual Result<void> read(const Read& work) = 0;

  // A consistent copy of the live database at `to` (which must not exist), checked before this returns.
  virtual Result<void> backup(const std::filesystem::path& to) = 0;

  virtual const std::filesystem::path& path() const = 0;

  struct Status {
    std::size_t queue_depth = 0;
    std::size_t queue_capacity = 0;
    std::uint64_t commits = 0;
    std::uint64_t writes = 0;
    std::uint64_t size_bytes = 0;
  };
  virtual Status status() const = 0;
};

// Opens or creates the database (0600) and applies what is missing of `migrations`: pass those of all
// components, a database that has one this program does not know is newer. An empty list opens what is there
// without that check. Every process that has it open holds a shared lock on <path>.lock. Errors name the file
// and what to do.
Result<std::unique_ptr<Database>> open_sqlite(const DatabaseOptions& options,
                                              std::span<const Migration> migrations, const Clock& clock,
                                              Metrics& metrics);

// The same as Database::backup() from outside: `vedette backup`, with or without the server running.
Result<void> backup_sqlite(const std::filesystem::path& path, const std::filesystem::path& to);

// Puts `backup` in place of the database at `path`; the server must be stopped (an advisory lock tells). The
// old file is kept beside it as <path>.before-restore-<time>.
Result<void> restore_sqlite(const std::filesystem::path& backup, const std::filesystem::path& path,
                            const Clock& clock);

}  // namespace vedette::store
