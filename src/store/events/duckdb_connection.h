// DuckDbDatabase and DuckDbConnection: DuckDB's C handles with owners, and everything it says turned into
// Row, Value and Error once. A database is shared by threads; a connection belongs to one thread at a time,
// only interrupt() may come from another.
//
// A row group of a table has kRowGroupRows, not DuckDB's 122,880: what a transaction appends is compressed
// and written to the file once, without the log, as far as it fills row groups; and a checkpoint writes the
// last, unfilled one again.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/database.h"
#include "store/events/duckdb_library.h"

namespace vedette::store {

inline constexpr std::size_t kRowGroupRows = 2048;

struct DuckDbOptions {
  std::filesystem::path path;
  std::filesystem::path folder;  // the only one it may read and write files in
  std::size_t memory_bytes = 256u << 20;
  int threads = 2;
};

class DuckDbDatabase {
 public:
  // kCorrupt, kUnavailable (in use by another process, disk), kUnsupported (no library).
  static Result<std::unique_ptr<DuckDbDatabase>> open(const DuckDbOptions& options);
  ~DuckDbDatabase();
  DuckDbDatabase(const DuckDbDatabase&) = delete;
  DuckDbDatabase& operator=(const DuckDbDatabase&) = delete;
  const DuckDb& calls() const { return calls_; }
  duckdb_database handle() const { return handle_; }

 private:
  DuckDbDatabase(const DuckDb& calls, duckdb_database handle) : calls_(calls), handle_(handle) {}
  const DuckDb& calls_;
  duckdb_database handle_;
};

class DuckDbConnection {
 public:
  static Result<std::unique_ptr<DuckDbConnection>> open(DuckDbDatabase& database);
  ~DuckDbConnection();
  DuckDbConnection(const DuckDbConnection&) = delete;
  DuckDbConnection& operator=(const DuckDbConnection&) = delete;

  // Columns must be BIGINT, UBIGINT, DOUBLE, BOOLEAN (as integer), VARCHAR or BLOB: cast others in the SQL.
  // `rows_max` is a bound, not a wish: more rows are kLimit.
  Result<Rows> query(std::string_view sql, const Parameters& parameters = {}, std::size_t rows_max = 100'000);
  // Rows changed.
  Result<std::int64_t> execute(std::string_view sql, const Parameters& parameters = {});
  void interrupt();  // any thread: the statement that runs ends with kTimeout

  const DuckDb& calls() const { return calls_; }
  duckdb_connection handle() const { return handle_; }

 private:
  friend class DuckDbDatabase;
  // Not in the file yet.
  static Result<std::unique_ptr<DuckDbConnection>> connect(DuckDbDatabase& database);
  DuckDbConnection(const DuckDb& calls, duckdb_connection handle) : calls_(calls), handle_(handle) {}
  Result<duckdb_result> run(std::string_view sql, const Parameters& parameters);
  const DuckDb& calls_;
  duckdb_connection handle_;
};

// What DuckDB said, with the code that fits.
Error duckdb_error(std::string_view said);

}  // namespace vedette::store
