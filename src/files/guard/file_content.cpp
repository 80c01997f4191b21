// Copying, hashing and describing open files: the part of the vault that knows no vault.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <openssl/evp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "files/guard/vault.h"

namespace vedette::files {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr std::size_t kXattrBytes = 64 * 1024;

std::unexpected<Error> failed(const std::string& what) {
  return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::kLimit : ErrorCode::kUnavailable,
              what + ": " + std::strerror(errno));
}

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    VEDETTE_ASSERT(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(const char* bytes, std::size_t size) {
    VEDETTE_ASSERT(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
  }
  std::string hex() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    VEDETTE_ASSERT(EVP_DigestFinal_ex(context_.get(), bytes, &size) == 1);
    return to_hex({reinterpret_cast<const char*>(bytes), size});
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// Reads all of `from`; `to` < 0 only hashes.
Result<std::string> pass(int from, int to) {
  Digest digest;
  std::vector<char> block(kBlock);
  for (off_t at = 0;;) {
    auto got = ::pread(from, block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("reading");
    if (got == 0) return digest.hex();
    digest.add(block.data(), static_cast<std::size_t>(got));
    for (ssize_t done = 0; to >= 0 && done < got;) {
      auto put = ::pwrite(to, block.data() + done, static_cast<std::size_t>(got - done), at + done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed("writing");
      done += put;
    }
    at += got;
  }
}

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }
timespec timespec_of(std::int64_t ns) {
  auto seconds = ns / 1'000'000'000, rest = ns % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  return {seconds, rest};
}

}  // namespace

Result<Image> describe(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return failed("looking at the file");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, "it is no regular file");
  Image image;
  image.size = static_cast<std::uint64_t>(status.st_size);
  image.mode = status.st_mode & 07777;
  image.uid = status.st_uid;
  image.gid = status.st_gid;
  image.mtime_ns = nanoseconds(status.st_mtim);
  image.atime_ns = nanoseconds(status.st_atim);
  char names[4096];
  auto size = ::flistxattr(fd, names, sizeof names);
  std::size_t total = 0;
  for (const char* name = names; size > 0 && name < names + size; name += std::strlen(name) + 1) {
    char value[4096];
    auto length = ::fgetxattr(fd, name, value, sizeof value);
    if (length < 0) continue;
    total += static_cast<std::size_t>(length);
    if (total > kXattrBytes) continue;
    image.xattrs[name] = std::string(value, static_cast<std::size_t>(length));
  }
  return image;
}

Result<void> apply_metadata(int fd, const Image& image) {
  std::string wrong;
  auto check = [&](bool done, std::string_view what) {
    if (!done && wrong.empty()) wrong = fmt::format("{}: {}", what, std::strerror(errno));
  };
  check(::fchown(fd, image.uid, image.gid) == 0, "setting the owner");
  check(::fchmod(fd, image.mode) == 0, "setting the mode");
  for (const auto& [name, value] : image.xattrs)
    check(::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0, "setting " + name);
  timespec times[] = {timespec_of(image.atime_ns), timespec_of(image.mtime_ns)};
  check(::futimens(fd, times) == 0, "setting the times");
  if (!wrong.empty()) return fail(ErrorCode::kUnavailable, wrong);
  return {};
}

Result<std::string> copy_content(int from, int to, bool* reflink) {
  if (::ioctl(to, FICLONE, from) == 0) {
    if (reflink != nullptr) *reflink = true;
    return std::string();
  }
  if (reflink != nullptr) *reflink = false;
  return pass(from, to);
}

Result<std::string> sha256_of(int fd) { return pass(fd, -1); }

}  // namespace vedette::files
