// A fixed pool of reader connections. A read holds one for its duration and sees one snapshot; when all are
// taken, the next read waits. Thread-safe. A read inside a read takes a second connection: avoid it.
#pragma once

#include <condition_variable>
#include <mutex>

#include "store/sqlite_connection.h"

namespace vedette::store {

class SqliteReaders {
 public:
  static Result<std::unique_ptr<SqliteReaders>> open(const std::filesystem::path& path, std::size_t count);
  Result<void> read(const Database::Read& work);

 private:
  SqliteReaders() = default;
  std::unique_ptr<SqliteConnection> take();
  void give_back(std::unique_ptr<SqliteConnection> connection);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace vedette::store
