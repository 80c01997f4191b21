// SnapshotFolder: evidence by content. One zstd file per distinct body, named by the SHA-256 of the bytes
// before compression, in 256 folders.
//
// put() returns after file and folder are fsynced, so that a database row never names bytes that a power cut
// took. A file is written under a temporary name and renamed: a half-written one is never read. What could
// not be written is counted. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::sites {

struct StoredBytes {
  std::string sha256;
  std::int64_t bytes = 0;         // before compression
  std::int64_t stored_bytes = 0;  // on disk; 0 when it was there already
};

class SnapshotFolder {
 public:
  explicit SnapshotFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<StoredBytes> put(std::string_view bytes) const;
  // kNotFound: retention took it; kCorrupt: the bytes no longer have that hash; kLimit: above `bytes_max`.
  Result<std::string> get(const std::string& sha256, std::size_t bytes_max = 64u << 20) const;
  Result<void> erase(const std::string& sha256) const;
  std::filesystem::path path_of(const std::string& sha256) const;
  std::int64_t stored_bytes(const std::string& sha256) const;  // on disk; 0: it is not there
  std::uint64_t failed() const { return failed_; }             // calls of put() that kept nothing

 private:
  Result<StoredBytes> write(std::string_view bytes) const;

  std::filesystem::path folder_;
  mutable std::atomic<std::uint64_t> failed_ = 0;
};

}  // namespace vedette::sites
