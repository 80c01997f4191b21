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

constexpr std::size_t kBlock = 64 * 1024;
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

// All of `from` behind `at`.
template <class F>
Result<void> each_block(int from, off_t at, F&& take) {
  const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
  while (true) {
    auto got = ::pread(from, block.get(), kBlock, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("reading");
    if (got == 0) return {};
    TRY(take(std::string_view(block.get(), static_cast<std::size_t>(got)), at));
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

bool share_content(int from, int to) { return ::ioctl(to, FICLONE, from) == 0; }

Result<void> copy_content(int from, int to) {
  if (share_content(from, to)) return {};
  return copy_bytes(from, to);
}

// Not copy_file_range(): that shares the blocks as well, where it can.
Result<void> copy_bytes(int from, int to) {
  return each_block(from, 0, [&](std::string_view block, off_t at) -> Result<void> {
    for (std::size_t done = 0; done < block.size();) {
      auto put = ::pwrite(to, block.data() + done, block.size() - done, at + static_cast<off_t>(done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed("writing");
      done += static_cast<std::size_t>(put);
    }
    return {};
  });
}

Result<std::string> sha256_of(int fd) {
  Digest digest;
  TRY(each_block(fd, 0, [&](std::string_view block, off_t) -> Result<void> {
    digest.add(block.data(), block.size());
    return {};
  }));
  return digest.hex();
}

}  // namespace vedette::files
