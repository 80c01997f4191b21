#include <dirent.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "files/guard/unique_fd.h"
#include "files/webroots/tree_watch.h"

namespace vedette::files {
namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM |
                                IN_MOVED_TO | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

class InotifyWatch final : public TreeWatch {
 public:
  explicit InotifyWatch(UniqueFd queue) : queue_(std::move(queue)), buffer_(64 * 1024) {}

  Result<void> add(const std::string& tree) override { return watch(tree, 0); }

  Result<void> wait(std::chrono::milliseconds wait, Batch& batch) override {
    pollfd polled{queue_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(wait.count())) <= 0) return {};
    while (batch.events.size() < kBatch) {
      auto size = ::read(queue_.get(), buffer_.data(), buffer_.size());
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (size <= 0)
        return fail(ErrorCode::kUnavailable, fmt::format("reading file events: {}", std::strerror(errno)));
      for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer_.data() + at, sizeof event);
        const char* name = buffer_.data() + at + sizeof event;
        take(event, event.len == 0 ? std::string() : std::string(name, ::strnlen(name, event.len)), batch);
        at += sizeof event + event.len;
      }
    }
    return {};
  }
  std::string_view method() const override { return "inotify"; }
  std::size_t directories() const override { return count_; }
  std::size_t unwatched() const override { return unwatched_; }

 private:
  void take(const inotify_event& event, const std::string& name, Batch& batch) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) batch.overflow = true;
    auto folder = paths_.find(event.wd);
    if (folder == paths_.end()) return;
    if ((event.mask & IN_IGNORED) != 0) {
      paths_.erase(folder);
      count_ = paths_.size();
      return;
    }
    if (name.empty()) return;
    TreeEvent out;
    out.path = folder->second + "/" + name;
    out.directory = (event.mask & IN_ISDIR) != 0;
    out.gone = (event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
    if (out.directory && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      auto watched = watch(out.path, 1);
      if (!watched && watched.error().code() != ErrorCode::kNotFound) ++unwatched_;
    } else if (out.directory && (event.mask & IN_MOVED_FROM) != 0) {
      forget(out.path);
    } else if (out.directory && !out.gone) {
      return;
    }
    batch.events.push_back(std::move(out));
  }

  // A folder that moved away keeps its watch in the kernel under a path that is no longer so.
  void forget(const std::string& path) {
    for (const auto& [wd, known] : paths_) {
      if (known == path || known.starts_with(path + "/")) ::inotify_rm_watch(queue_.get(), wd);
    }
  }

  Result<void> watch(const std::string& path, int depth) {
    if (depth > kDepth) return fail(ErrorCode::kLimit, path + " is nested too deeply");
    int wd = ::inotify_add_watch(queue_.get(), path.c_str(), kMask);
    if (wd < 0) {
      auto code = errno == ENOSPC || errno == ENOMEM    ? ErrorCode::kLimit
                  : errno == ENOENT || errno == ENOTDIR ? ErrorCode::kNotFound
                                                        : ErrorCode::kForbidden;
      return fail(code, fmt::format("watching {}: {}{}", path, std::strerror(errno),
                                    errno == ENOSPC ? " (raise fs.inotify.max_user_watches)" : ""));
    }
    paths_[wd] = path;
    count_ = paths_.size();
    std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder)
      return fail(ErrorCode::kForbidden, fmt::format("reading {}: {}", path, std::strerror(errno)));
    while (auto* entry = ::readdir(folder.get())) {
      std::string child = entry->d_name;
      if (child == "." || child == "..") continue;
      auto below = path + "/" + child;
      auto type = entry->d_type;
      struct stat status{};
      if (type == DT_UNKNOWN && ::lstat(below.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        type = DT_DIR;
      if (type != DT_DIR) continue;
      auto watched = watch(below, depth + 1);
      if (watched || watched.error().code() == ErrorCode::kNotFound) continue;
      if (watched.error().code() == ErrorCode::kLimit && depth < kDepth) return watched;
      ++unwatched_;
    }
    return {};
  }

  UniqueFd queue_;
  std::vector<char> buffer_;
  std::unordered_map<int, std::string> paths_;
  std::atomic<std::size_t> count_{0}, unwatched_{0};
};

}  // namespace

Result<std::unique_ptr<TreeWatch>> open_inotify_watch() {
  UniqueFd queue(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!queue)
    return fail(ErrorCode::kLimit,
                fmt::format("asking the kernel for file events: {}", std::strerror(errno)));
  return std::make_unique<InotifyWatch>(std::move(queue));
}

}  // namespace vedette::files
