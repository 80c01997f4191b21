// One SQLite connection with its prepared statements. Used by one thread at a time; owned by the writer, a
// reader pool slot, or a backup. Everything SQLite says is turned into an Error here, once.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vedette::store {

enum class OpenMode {
  kWriter,  // WAL, synchronous=FULL, creates the file (0600) if it is missing
  kReader,  // refuses to change anything (query_only)
  kPlain,   // as the file is: backups and checks
};

class SqliteConnection final : public Session {
 public:
  static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& path, OpenMode mode);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<Rows> query(std::string_view sql, const Parameters& parameters = {}) override;
  Result<std::int64_t> execute(std::string_view sql, const Parameters& parameters = {}) override;
  Result<void> stream(std::string_view sql, const Parameters& parameters,
                      const std::function<bool(const Row&)>& each) override;

  // Several statements without parameters: migrations, PRAGMAs.
  Result<void> script(const std::string& sql);
  // False when SQLite has ended the transaction on its own (disk full, I/O error).
  bool in_transaction() const;
  // The error for SQLite's `code` as this connection sees it.
  Error error(int code, std::string_view doing) const;
  sqlite3* raw() { return db_; }

 private:
  explicit SqliteConnection(std::filesystem::path path) : path_(std::move(path)) {}
  // A statement out of the cache (or a fresh one when the cached one is running: a query inside a stream()).
  struct Prepared;
  Result<Prepared> prepare(std::string_view sql, const Parameters& parameters);

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  static constexpr std::size_t kStatementsMax = 256;

  std::filesystem::path path_;
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
};

}  // namespace vedette::store
