#include "files/webroots/web_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/hash.h"
#include "files/guard/vault.h"
#include "files/webroots/difference.h"
#include "files/webroots/shell_rules.h"

namespace vedette::files {
namespace {

std::unexpected<Error> failed(const std::string& what, int error) {
  auto code = error == ENOENT || error == ENOTDIR || error == ELOOP ? ErrorCode::kNotFound
              : error == EACCES || error == EPERM                   ? ErrorCode::kForbidden
                                                                    : ErrorCode::kUnavailable;
  return fail(code, fmt::format("{}: {}", readable(what, 512), std::strerror(error)));
}

WebFile file_of(const struct stat& status) {
  WebFile out;
  out.type = S_ISREG(status.st_mode)   ? WebFile::Type::kFile
             : S_ISLNK(status.st_mode) ? WebFile::Type::kLink
             : S_ISDIR(status.st_mode) ? WebFile::Type::kFolder
                                       : WebFile::Type::kOther;
  out.size = status.st_size;
  out.mtime_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  out.ctime_ns = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec;
  out.inode = static_cast<std::int64_t>(status.st_ino);
  out.executable = S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
  return out;
}

}  // namespace

Result<WebFolder> WebFolder::open(const std::string& path) {
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed("opening " + path, errno);
  return WebFolder(std::move(root));
}

UniqueFd WebFolder::open_below(const std::string& relative, int flags) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  const char* path = relative.empty() ? "." : relative.c_str();
  // With O_PATH and O_NOFOLLOW the last name may be a link: it is opened itself, not followed.
  if ((flags & O_PATH) != 0) {
    auto slash = relative.rfind('/');
    if (slash != std::string::npos) {
      auto folder = open_below(relative.substr(0, slash), O_PATH | O_DIRECTORY);
      if (!folder) return {};
      return UniqueFd(::openat(folder.get(), relative.c_str() + slash + 1, flags | O_NOFOLLOW | O_CLOEXEC));
    }
    return UniqueFd(::openat(root_.get(), path, flags | O_NOFOLLOW | O_CLOEXEC));
  }
  auto fd = ::syscall(SYS_openat2, root_.get(), path, &how, sizeof how);
  return UniqueFd(static_cast<int>(fd));
}

Result<WebFile> WebFolder::look(const std::string& relative) const {
  auto file = open_below(relative, O_PATH);
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return failed("looking at " + relative, errno);
  return file_of(status);
}

Result<WebContent> WebFolder::read(const std::string& relative, const WebFile& file) const {
  WebContent out;
  if (file.type == WebFile::Type::kLink) {
    auto link = open_below(relative, O_PATH);
    char target[4096];
    auto size = link ? ::readlinkat(link.get(), "", target, sizeof target) : -1;
    if (size < 0) return failed("reading the link " + relative, errno);
    out.bytes.assign(target, static_cast<std::size_t>(size));
    out.sha256 = sha256_hex(out.bytes);
    return out;
  }
  // Not blocking: a fifo may have taken the file's place.
  auto opened = open_below(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOATIME);
  if (!opened && errno == EPERM) opened = open_below(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) return failed("opening " + relative, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kNotFound, readable(relative, 512) + " is no file");
  auto wanted = std::min<std::size_t>(static_cast<std::size_t>(status.st_size), ShellRules::kBytesMax);
  out.bytes.resize(wanted);
  std::size_t filled = 0;
  while (filled < wanted) {
    auto got = ::pread(opened.get(), out.bytes.data() + filled, wanted - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.bytes.resize(filled);
  if (static_cast<std::size_t>(status.st_size) <= ShellRules::kBytesMax) {
    out.sha256 = sha256_hex(out.bytes);
  } else if (status.st_size <= kHashMax) {
    TRY_ASSIGN(out.sha256, sha256_of(opened.get()));
  }
  return out;
}

Result<std::vector<WebFolder::Entry>> WebFolder::list(const std::string& relative) const {
  auto opened = open_below(relative, O_RDONLY | O_DIRECTORY);
  if (!opened) return failed("reading the folder " + relative, errno);
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(opened.get()), ::closedir);
  if (!folder) return failed("reading the folder " + relative, errno);
  int fd = opened.release();
  std::vector<Entry> out;
  while (auto* entry = ::readdir(folder.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (out.size() >= kEntriesMax)
      return fail(ErrorCode::kLimit, readable(relative, 512) + " has too many entries");
    struct stat status{};
    if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    out.push_back({std::move(name), file_of(status)});
  }
  return out;
}

bool WebFolder::leaves(const std::string& root, const std::string& directory, const std::string& target) {
  namespace fs = std::filesystem;
  auto base = fs::path(root);
  auto path = (target.starts_with('/') ? fs::path(target) : base / directory / target).lexically_normal();
  auto text = path.string(), top = base.lexically_normal().string();
  return text != top && !text.starts_with(top + "/");
}

}  // namespace vedette::files
