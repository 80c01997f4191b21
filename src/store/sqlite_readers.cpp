#include "store/sqlite_readers.h"

namespace vedette::store {

Result<std::unique_ptr<SqliteReaders>> SqliteReaders::open(const std::filesystem::path& path,
                                                           std::size_t count) {
  std::unique_ptr<SqliteReaders> readers(new SqliteReaders);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, count); ++i) {
    TRY_ASSIGN(auto connection, SqliteConnection::open(path, OpenMode::kReader));
    readers->idle_.push_back(std::move(connection));
  }
  return readers;
}

std::unique_ptr<SqliteConnection> SqliteReaders::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !idle_.empty(); });
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void SqliteReaders::give_back(std::unique_ptr<SqliteConnection> connection) {
  {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

Result<void> SqliteReaders::read(const Database::Read& work) {
  auto connection = take();
  auto run = [&]() -> Result<void> {
    TRY(connection->execute("BEGIN"));
    try {
      return work(*connection);
    } catch (const std::exception& defect) {
      return fail(ErrorCode::kInternal, fmt::format("a read threw: {}", defect.what()));
    }
  };
  auto result = run();
  if (connection->in_transaction()) (void)connection->execute("ROLLBACK");
  give_back(std::move(connection));
  return result;
}

}  // namespace vedette::store
