#include "store/sqlite_backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/file_lock.h"
#include "store/migrations.h"
#include "store/sqlite_connection.h"

namespace vedette::store {
namespace {

namespace fs = std::filesystem;
constexpr int kPagesPerStep = 1024;

Error io_error(const fs::path& path, std::string_view doing) {
  return Error(ErrorCode::kUnavailable,
               fmt::format("{}: {}: {}", path.string(), doing, std::strerror(errno)));
}

Result<void> sync_path(const fs::path& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return std::unexpected(io_error(path, "opening it to write it through"));
  bool synced = ::fsync(fd) == 0;
  auto failure = io_error(path, "writing it through to the disk");
  ::close(fd);
  if (!synced) return std::unexpected(std::move(failure));
  return {};
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<void> publish(const fs::path& partial, const fs::path& to, unsigned flags) {
  TRY(sync_path(partial, O_RDONLY));
  if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, to.c_str(), flags) != 0) {
    return std::unexpected(io_error(to, "giving the finished copy its name"));
  }
  return sync_path(folder_of(to), O_RDONLY | O_DIRECTORY);
}

Result<void> copy_pages(SqliteConnection& from, SqliteConnection& to) {
  sqlite3_backup* copy = sqlite3_backup_init(to.raw(), "main", from.raw(), "main");
  if (!copy) return std::unexpected(to.error(sqlite3_errcode(to.raw()), "starting the copy"));
  int code = SQLITE_OK;
  while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    if (code != SQLITE_OK) sqlite3_sleep(20);
    code = sqlite3_backup_step(copy, kPagesPerStep);
  }
  int finished = sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE) return std::unexpected(to.error(code, "copying"));
  if (finished != SQLITE_OK) return std::unexpected(to.error(finished, "finishing the copy"));
  return {};
}

Result<void> copy_database(const fs::path& from, const fs::path& to) {
  TRY_ASSIGN(auto source, SqliteConnection::open(from, OpenMode::kReader));
  // One read transaction over the whole copy: commits that come in meanwhile neither restart it nor get into
  // it.
  TRY(source->execute("BEGIN"));
  TRY(source->query("SELECT COUNT(*) FROM sqlite_master"));
  int fd = ::open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(io_error(to, "creating the copy"));
  ::close(fd);
  TRY_ASSIGN(auto target, SqliteConnection::open(to, OpenMode::kPlain));
  TRY(copy_pages(*source, *target));
  // One file, without a -wal beside it that somebody could forget to carry along.
  return target->script("PRAGMA journal_mode=DELETE");
}

Result<void> make_copy(const fs::path& from, const fs::path& partial) {
  auto copied = copy_database(from, partial);
  if (copied) copied = check_sqlite(partial);
  if (!copied) {
    std::error_code ignored;
    fs::remove(partial, ignored);
  }
  return copied;
}

// The old -wal must not stay beside the new file: SQLite would play it into it.
Result<void> set_old_aside(const fs::path& path, const fs::path& kept) {
  std::error_code failure;
  if (!fs::exists(path)) return {};
  if (auto old = SqliteConnection::open(path, OpenMode::kPlain); old)
    (void)(*old)->script("PRAGMA wal_checkpoint(TRUNCATE)");
  fs::path wal = path.string() + "-wal";
  if (fs::exists(wal)) fs::rename(wal, kept.string() + "-wal", failure);
  if (failure) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", wal.string(), failure.message()));
  fs::remove(path.string() + "-shm", failure);
  fs::create_hard_link(path, kept, failure);
  if (failure) {
    failure.clear();
    fs::copy_file(path, kept, failure);
  }
  if (failure) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", kept.string(), failure.message()));
  return {};
}

Result<void> check_ours(const fs::path& path) {
  TRY_ASSIGN(auto connection, SqliteConnection::open(path, OpenMode::kPlain));
  TRY_ASSIGN(auto id, connection->query("PRAGMA application_id"));
  if (id[0].integer(0) == kApplicationId) return {};
  return fail(ErrorCode::kInvalid, fmt::format("{}: this is a database of another program; name a file that "
                                               "`vedette backup` made",
                                               path.string()));
}

std::string compact_time(WallTime time) {
  std::string text = to_rfc3339(time);  // 2026-01-02T03:04:05.678Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

}  // namespace

Result<void> check_sqlite(const fs::path& path) {
  if (!fs::is_regular_file(path))
    return fail(ErrorCode::kNotFound, fmt::format("{}: no such file", path.string()));
  TRY_ASSIGN(auto connection, SqliteConnection::open(path, OpenMode::kPlain));
  TRY_ASSIGN(auto rows, connection->query("PRAGMA integrity_check(1)"));
  if (rows.size() != 1 || rows[0].text(0) != "ok") {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: the database is damaged: {}", path.string(),
                                                 rows.empty() ? "no answer" : rows[0].text(0)));
  }
  TRY_ASSIGN(auto broken, connection->query("PRAGMA foreign_key_check"));
  if (!broken.empty()) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: table {} refers to a row that does not exist",
                                                 path.string(), broken[0].text(0)));
  }
  return {};
}

Result<void> backup_sqlite(const fs::path& path, const fs::path& to) {
  if (!fs::is_regular_file(path))
    return fail(ErrorCode::kNotFound, fmt::format("{}: no such database", path.string()));
  if (fs::exists(to)) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: exists already; name a new file for the backup", to.string()));
  }
  TRY_ASSIGN(auto lock, FileLock::take(path, FileLock::Kind::kShared));
  fs::path partial = to.string() + ".partial";
  auto copied = make_copy(path, partial);
  if (!copied)
    return fail(std::move(copied).error(), fmt::format("backing up {} to {}", path.string(), to.string()));
  return publish(partial, to, RENAME_NOREPLACE);
}

Result<void> restore_sqlite(const fs::path& backup, const fs::path& path, const Clock& clock) {
  auto sound = check_sqlite(backup);
  if (sound) sound = check_ours(backup);
  if (!sound) return fail(std::move(sound).error(), "checking the backup before restoring it");
  TRY_ASSIGN(auto lock, FileLock::take(path, FileLock::Kind::kExclusive));
  fs::path partial = path.string() + ".restoring";
  TRY(make_copy(backup, partial));
  TRY(set_old_aside(path, path.string() + ".before-restore-" + compact_time(clock.wall())));
  return publish(partial, path, 0);
}

}  // namespace vedette::store
