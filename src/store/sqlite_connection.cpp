#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include "base/assert.h"

namespace vedette::store {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

Value column_value(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return Blob{bytes ? std::string(bytes, size) : std::string()};
    }
    default:
      return std::monostate{};
  }
}

// The bound bytes are borrowed (SQLITE_STATIC): the parameters outlive the statement's run.
int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(statement, index, *whole);
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

Row read_row(sqlite3_stmt* statement) {
  std::vector<Value> values;
  int columns = sqlite3_column_count(statement);
  values.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) values.push_back(column_value(statement, i));
  return Row(std::move(values));
}

// SQLite makes the -wal and -shm files with the permissions of the database file, so this covers all three.
Result<void> create_private(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: cannot open or create the database: {}; check that the folder "
                            "exists and belongs to the user that runs vedette",
                            path.string(), std::strerror(errno)));
  }
  ::close(fd);
  return {};
}

// By default a connection takes room for 20 pages at its first one. An agent has six connections to small
// files, and each of them needs three or four pages.
void take_pages_as_needed() {
  static std::once_flag once;
  std::call_once(once, [] { (void)::sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0); });
}

}  // namespace

// Resets or finalises the statement when it goes out of scope.
struct SqliteConnection::Prepared {
  sqlite3_stmt* statement = nullptr;
  bool cached = false;
  Prepared(sqlite3_stmt* statement, bool cached) : statement(statement), cached(cached) {}
  Prepared(Prepared&& other) noexcept
      : statement(std::exchange(other.statement, nullptr)), cached(other.cached) {}
  Prepared& operator=(Prepared&&) = delete;
  ~Prepared() {
    if (!statement) return;
    if (cached) {
      sqlite3_reset(statement);
      sqlite3_clear_bindings(statement);
    } else {
      sqlite3_finalize(statement);
    }
  }
};

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& path,
                                                                 OpenMode mode) {
  take_pages_as_needed();
  if (mode == OpenMode::kWriter) TRY(create_private(path));
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path));
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (mode != OpenMode::kReader) flags |= SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path.c_str(), &connection->db_, flags, nullptr);
  if (code != SQLITE_OK) return std::unexpected(connection->error(code, "opening the database"));
  sqlite3_extended_result_codes(connection->db_, 1);
  sqlite3_busy_timeout(connection->db_, kBusyTimeoutMs);
  TRY(connection->script("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"));
  if (mode == OpenMode::kWriter) {
    TRY(
        connection->script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                           "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-32768;"));
    TRY_ASSIGN(auto rows, connection->query("PRAGMA journal_mode"));
    if (rows.size() != 1 || rows[0].text(0) != "wal") {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{}: this file system cannot hold a WAL database; put it on a "
                              "local disk",
                              path.string()));
    }
  } else if (mode == OpenMode::kReader) {
    TRY(connection->script("PRAGMA query_only=ON; PRAGMA cache_size=-8192;"));
  }
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Error SqliteConnection::error(int code, std::string_view doing) const {
  std::string said = db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code);
  auto make = [&](ErrorCode kind, std::string_view advice) {
    return Error(
        kind, fmt::format("{}: {}: {}{}{}", path_.string(), doing, said, advice.empty() ? "" : "; ", advice));
  };
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return make(ErrorCode::kConflict, "");
    case SQLITE_FULL:
      return make(ErrorCode::kUnavailable,
                  "the disk is full: free space there, nothing of this write was kept");
    case SQLITE_IOERR:
      return make(ErrorCode::kUnavailable,
                  "the disk did not take or give the data: check its free space and its health, nothing of "
                  "this write was kept");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(ErrorCode::kUnavailable, "another process holds the database");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return make(ErrorCode::kUnavailable, "check the owner and permissions of the file and its folder");
    case SQLITE_CORRUPT:
      return make(ErrorCode::kCorrupt, "the file is damaged: stop the server and restore a backup");
    case SQLITE_NOTADB:
      return make(ErrorCode::kCorrupt,
                  "this is not a Vedette database, or its head is damaged: restore a backup");
    case SQLITE_TOOBIG:
      return make(ErrorCode::kLimit, "");
    default:
      return make(ErrorCode::kInternal, "");
  }
}

Result<SqliteConnection::Prepared> SqliteConnection::prepare(std::string_view sql,
                                                             const Parameters& parameters) {
  sqlite3_stmt* statement = nullptr;
  bool cached = false;
  if (auto found = statements_.find(sql); found != statements_.end() && !sqlite3_stmt_busy(found->second)) {
    statement = found->second;
    cached = true;
  } else {
    const char* tail = nullptr;
    int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                  &statement, &tail);
    if (code != SQLITE_OK) return std::unexpected(error(code, fmt::format("preparing \"{}\"", sql)));
    VEDETTE_ASSERT(statement != nullptr);
    if (found == statements_.end() && statements_.size() < kStatementsMax) {
      statements_.emplace(std::string(sql), statement);
      cached = true;
    }
  }
  Prepared prepared(statement, cached);
  VEDETTE_ASSERT(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) == parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    int code = bind(statement, static_cast<int>(i) + 1, parameters[i]);
    if (code != SQLITE_OK) return std::unexpected(error(code, "binding a parameter"));
  }
  return prepared;
}

Result<void> SqliteConnection::stream(std::string_view sql, const Parameters& parameters,
                                      const std::function<bool(const Row&)>& each) {
  TRY_ASSIGN(auto prepared, prepare(sql, parameters));
  for (;;) {
    int code = sqlite3_step(prepared.statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return std::unexpected(error(code, fmt::format("running \"{}\"", sql)));
    if (!each(read_row(prepared.statement))) return {};
  }
}

Result<Rows> SqliteConnection::query(std::string_view sql, const Parameters& parameters) {
  Rows rows;
  TRY(stream(sql, parameters, [&](const Row& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql, const Parameters& parameters) {
  TRY_ASSIGN(auto prepared, prepare(sql, parameters));
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(prepared.statement);
  if (code != SQLITE_DONE) return std::unexpected(error(code, fmt::format("running \"{}\"", sql)));
  return sqlite3_changes64(db_);
}

Result<void> SqliteConnection::script(const std::string& sql) {
  int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    return std::unexpected(error(code, fmt::format("running \"{}\"", sql.substr(0, 80))));
  return {};
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

}  // namespace vedette::store
