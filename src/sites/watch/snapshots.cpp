#include "sites/watch/snapshots.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/hash.h"
#include "base/id.h"

namespace vedette::sites {
namespace {

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> io_error(const std::filesystem::path& path, const char* what) {
  auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return fail(code, fmt::format("{}: {} failed: {}", path.string(), what, std::strerror(errno)));
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd() < 0) return io_error(folder, "open");
  if (::fsync(file.fd()) != 0) return io_error(folder, "fsync");
  return {};
}

Result<void> write_synced(const std::filesystem::path& path, std::string_view bytes) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.fd() < 0) return io_error(path, "open");
  while (!bytes.empty()) {
    auto written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error(path, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.fd()) != 0) return io_error(path, "fsync");
  return {};
}

Result<std::string> read_whole(const std::filesystem::path& path, std::size_t bytes_max) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return io_error(path, "open");
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0) return io_error(path, "stat");
  if (static_cast<std::uint64_t>(info.st_size) > bytes_max)
    return fail(ErrorCode::kLimit, path.string() + " is too large");
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t at = 0;
  while (at < out.size()) {
    auto got = ::read(file.fd(), out.data() + at, out.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(path, "read");
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  out.resize(at);
  return out;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::filesystem::path SnapshotFolder::path_of(const std::string& sha256) const {
  return folder_ / sha256.substr(0, 2) / (sha256 + ".zst");
}

std::int64_t SnapshotFolder::stored_bytes(const std::string& sha256) const {
  std::error_code error;
  auto size = std::filesystem::file_size(path_of(sha256), error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

Result<StoredBytes> SnapshotFolder::put(std::string_view bytes) const {
  auto stored = write(bytes);
  if (!stored) ++failed_;
  return stored;
}

Result<StoredBytes> SnapshotFolder::write(std::string_view bytes) const {
  StoredBytes out;
  out.sha256 = sha256_hex(bytes);
  out.bytes = static_cast<std::int64_t>(bytes.size());
  auto path = path_of(out.sha256);
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    // Young again: the sweep of unreferenced files must not take it before its new row is stored.
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), error);
    if (!error) return out;
  }

  bool new_folder = std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path.parent_path().string(), error.message()));
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  auto size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 6);
  if (ZSTD_isError(size)) return fail(ErrorCode::kInternal, ZSTD_getErrorName(size));
  packed.resize(size);

  auto temporary = path;
  temporary += "." + random_token(6) + ".new";
  if (auto written = write_synced(temporary, packed); !written) {
    std::filesystem::remove(temporary, error);
    return fail(std::move(written).error(), "keeping a snapshot");
  }
  std::filesystem::rename(temporary, path, error);
  if (error) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path.string(), error.message()));
  TRY(sync_folder(path.parent_path()));
  if (new_folder) TRY(sync_folder(folder_));
  out.stored_bytes = static_cast<std::int64_t>(size);
  return out;
}

Result<std::string> SnapshotFolder::get(const std::string& sha256, std::size_t bytes_max) const {
  if (!is_sha256(sha256)) return fail(ErrorCode::kInvalid, "not a SHA-256: " + sha256);
  TRY_ASSIGN(auto packed, read_whole(path_of(sha256), bytes_max));
  auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(ErrorCode::kCorrupt, path_of(sha256).string() + " is damaged");
  }
  if (size > bytes_max) return fail(ErrorCode::kLimit, path_of(sha256).string() + " is too large");
  std::string out(static_cast<std::size_t>(size), '\0');
  auto got = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != out.size() || sha256_hex(out) != sha256) {
    return fail(ErrorCode::kCorrupt, path_of(sha256).string() + " is damaged");
  }
  return out;
}

Result<void> SnapshotFolder::erase(const std::string& sha256) const {
  if (!is_sha256(sha256)) return fail(ErrorCode::kInvalid, "not a SHA-256: " + sha256);
  std::error_code error;
  std::filesystem::remove(path_of(sha256), error);
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path_of(sha256).string(), error.message()));
  return {};
}

}  // namespace vedette::sites
