#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vedette::store {

Result<FileLock> FileLock::take(const std::filesystem::path& database, Kind kind) {
  std::string path = database.string() + ".lock";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(
        ErrorCode::kUnavailable,
        fmt::format(
            "{}: cannot open or create it: {}; check that the folder exists and belongs to the user that "
            "runs vedette",
            path, std::strerror(errno)));
  }
  FileLock lock(fd);
  if (::flock(fd, (kind == Kind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict,
                kind == Kind::kShared
                    ? fmt::format("{}: a restore is running; wait until it has finished", path)
                    : fmt::format("{}: a vedette process has this database open; stop it first", path));
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace vedette::store
