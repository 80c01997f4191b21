// An advisory lock (flock) on <database>.lock. Everybody who has the database open holds it shared; restoring
// takes it alone. The kernel gives it back when the process dies, however it dies.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace vedette::store {

class FileLock {
 public:
  enum class Kind { kShared, kExclusive };
  // kConflict when somebody else holds it the other way.
  static Result<FileLock> take(const std::filesystem::path& database, Kind kind);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace vedette::store
