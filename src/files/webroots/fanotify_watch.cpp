#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "files/guard/directory_index.h"
#include "files/guard/file_id.h"
#include "files/guard/unique_fd.h"
#include "files/webroots/tree_watch.h"

namespace vedette::files {
namespace {

constexpr std::uint64_t kMask = FAN_CREATE | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_MOVED_FROM |
                                FAN_MOVED_TO | FAN_DELETE | FAN_DELETE_SELF | FAN_ONDIR | FAN_EVENT_ON_CHILD;

std::unexpected<Error> failed(const std::string& what, int error) {
  auto code = error == EPERM || error == EACCES                       ? ErrorCode::kForbidden
              : error == ENOENT                                       ? ErrorCode::kNotFound
              : error == ENOSPC || error == EMFILE || error == ENOMEM ? ErrorCode::kLimit
                                                                      : ErrorCode::kUnsupported;
  return fail(code, fmt::format("{}: {}", what, std::strerror(error)));
}

class FanotifyWatch final : public TreeWatch {
 public:
  explicit FanotifyWatch(UniqueFd group) : group_(std::move(group)), buffer_(64 * 1024) {}

  Result<void> add(const std::string& tree) override { return mark(tree, {}, {}, 0); }

  Result<void> wait(std::chrono::milliseconds wait, Batch& batch) override {
    pollfd polled{group_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(wait.count())) <= 0) return {};
    while (batch.events.size() < kBatch) {
      auto size = ::read(group_.get(), buffer_.data(), buffer_.size());
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (size <= 0) return failed("reading file events", errno);
      auto left = static_cast<std::size_t>(size);
      for (const auto* at = buffer_.data(); left >= sizeof(fanotify_event_metadata);) {
        fanotify_event_metadata event{};
        std::memcpy(&event, at, sizeof event);
        if (event.event_len < sizeof event || event.event_len > left) break;
        take(event, {at, event.event_len}, batch);
        at += event.event_len;
        left -= event.event_len;
      }
    }
    return {};
  }
  std::string_view method() const override { return "fanotify"; }
  std::size_t directories() const override { return index_.size(); }
  std::size_t unwatched() const override { return unwatched_; }

 private:
  void take(const fanotify_event_metadata& event, std::string_view bytes, Batch& batch) {
    if ((event.mask & FAN_Q_OVERFLOW) != 0) {
      batch.overflow = true;
      return;
    }
    auto at = bytes.substr(event.metadata_len);
    while (at.size() >= sizeof(fanotify_event_info_fid) + sizeof(file_handle)) {
      fanotify_event_info_fid fid{};
      file_handle handle{};
      std::memcpy(&fid, at.data(), sizeof fid);
      std::memcpy(&handle, at.data() + sizeof fid, sizeof handle);
      auto used = sizeof fid + sizeof handle + handle.handle_bytes;
      if (fid.hdr.len < used || fid.hdr.len > at.size()) return;
      auto rest = at.substr(sizeof fid + sizeof handle, fid.hdr.len - sizeof fid - sizeof handle);
      if (fid.hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) {
        auto id = make_file_id(&fid.fsid, handle.handle_type, rest.substr(0, handle.handle_bytes));
        auto name = rest.substr(handle.handle_bytes);
        take_name(event, id, std::string(name.substr(0, name.find('\0'))), batch);
      }
      at.remove_prefix(fid.hdr.len);
    }
  }

  void take_name(const fanotify_event_metadata& event, const FileId& directory, const std::string& name,
                 Batch& batch) {
    if (name.empty() || name == ".") {
      if ((event.mask & FAN_DELETE_SELF) != 0) index_.remove(directory);
      return;
    }
    TreeEvent out;
    out.path = index_.path_of(directory, name);
    if (out.path.empty()) return;
    out.pid = event.pid;
    out.directory = (event.mask & FAN_ONDIR) != 0;
    bool here = (event.mask & (FAN_CREATE | FAN_MOVED_TO | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB)) != 0;
    out.gone = !here;
    if (out.directory && (event.mask & (FAN_CREATE | FAN_MOVED_TO)) != 0) {
      auto marked = mark(out.path, directory, name, 1);
      if (!marked && marked.error().code() != ErrorCode::kNotFound) ++unwatched_;
    } else if (out.directory && here) {
      return;  // rights of a folder
    }
    batch.events.push_back(std::move(out));
  }

  Result<void> mark(const std::string& path, const FileId& parent, const std::string& name, int depth) {
    if (depth > kDepth) return fail(ErrorCode::kLimit, path + " is nested too deeply");
    auto id = file_id_of(path);
    if (id.empty()) return failed("looking up " + path, errno);
    parent.empty() ? index_.add_root(id, path) : index_.add(id, parent, name);
    constexpr unsigned flags = FAN_MARK_ADD | FAN_MARK_ONLYDIR | FAN_MARK_DONT_FOLLOW;
    if (::fanotify_mark(group_.get(), flags, kMask, AT_FDCWD, path.c_str()) != 0)
      return failed("watching " + path, errno);
    std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) return failed("reading " + path, errno);
    while (auto* entry = ::readdir(folder.get())) {
      std::string child = entry->d_name;
      if (child == "." || child == "..") continue;
      auto below = path + "/" + child;
      auto type = entry->d_type;
      struct stat status{};
      if (type == DT_UNKNOWN && ::lstat(below.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        type = DT_DIR;
      if (type != DT_DIR) continue;
      auto marked = mark(below, id, child, depth + 1);
      if (marked || marked.error().code() == ErrorCode::kNotFound) continue;
      if (marked.error().code() == ErrorCode::kLimit && depth < kDepth) return marked;
      ++unwatched_;
    }
    return {};
  }

  UniqueFd group_;
  std::vector<char> buffer_;
  DirectoryIndex index_;
  std::atomic<std::size_t> unwatched_{0};
};

}  // namespace

Result<std::unique_ptr<TreeWatch>> open_fanotify_watch() {
  UniqueFd group(::fanotify_init(
      FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_UNLIMITED_MARKS, 0));
  if (!group) return failed("asking the kernel for file events with names (needs root and Linux 5.9)", errno);
  return std::make_unique<FanotifyWatch>(std::move(group));
}

}  // namespace vedette::files
