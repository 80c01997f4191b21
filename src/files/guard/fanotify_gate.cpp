#include "files/guard/fanotify_gate.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "files/guard/processes.h"

namespace vedette::files {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::size_t kNamesMax = 4096;  // in one batch; the rest waits in the kernel's queue
constexpr int kDepth = 256;
constexpr std::uint64_t kNameMask = FAN_CREATE | FAN_CLOSE_WRITE | FAN_RENAME | FAN_DELETE | FAN_ONDIR;

std::unexpected<Error> failed(const std::string& what, int error) {
  auto code = error == EPERM || error == EACCES ? ErrorCode::kForbidden
              : error == ENOENT                 ? ErrorCode::kNotFound
              : error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENODEV
                  ? ErrorCode::kUnsupported
                  : ErrorCode::kUnavailable;
  return fail(code, fmt::format("{}: {}", what, std::strerror(error)));
}

// The records behind an event of the name group.
struct Records {
  FileId file, directory, old_directory;
  std::string name, old_name;
};

Records records_of(const fanotify_event_metadata& event) {
  Records out;
  const char* at = reinterpret_cast<const char*>(&event) + event.metadata_len;
  const char* end = reinterpret_cast<const char*>(&event) + event.event_len;
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(fanotify_event_info_header))) {
    fanotify_event_info_header header{};
    std::memcpy(&header, at, sizeof header);
    if (header.len < sizeof header || header.len > end - at) break;
    if (header.len >= sizeof(fanotify_event_info_fid) + sizeof(file_handle)) {
      const auto* fid = reinterpret_cast<const fanotify_event_info_fid*>(at);
      const auto* handle = reinterpret_cast<const file_handle*>(fid->handle);
      const char* bytes = reinterpret_cast<const char*>(handle->f_handle);
      auto id = make_file_id(&fid->fsid, handle->handle_type, {bytes, handle->handle_bytes});
      const char* name = bytes + handle->handle_bytes;
      std::string text;
      if (header.info_type != FAN_EVENT_INFO_TYPE_FID && header.info_type != FAN_EVENT_INFO_TYPE_DFID)
        text.assign(name, ::strnlen(name, static_cast<std::size_t>(at + header.len - name)));
      switch (header.info_type) {
        case FAN_EVENT_INFO_TYPE_FID:
          out.file = std::move(id);
          break;
        case FAN_EVENT_INFO_TYPE_DFID_NAME:
        case FAN_EVENT_INFO_TYPE_NEW_DFID_NAME:
          out.directory = std::move(id);
          out.name = std::move(text);
          break;
        case FAN_EVENT_INFO_TYPE_OLD_DFID_NAME:
          out.old_directory = std::move(id);
          out.old_name = std::move(text);
          break;
        default:
          break;
      }
    }
    at += header.len;
  }
  return out;
}

}  // namespace

bool OpenRequest::answer(bool allow) {
  if (answered_.exchange(true)) return false;
  fanotify_response response{fd_.get(), static_cast<std::uint32_t>(allow ? FAN_ALLOW : FAN_DENY)};
  // A process that was killed while it waited has taken its event back (ENOENT): nobody is left to tell.
  [[maybe_unused]] auto written = ::write(group_, &response, sizeof response);
  return true;
}

std::string OpenRequest::path() const {
  auto path = read_link(fmt::format("/proc/self/fd/{}", fd_.get()));
  constexpr std::string_view gone = " (deleted)";
  if (path.ends_with(gone)) path.resize(path.size() - gone.size());
  return path;
}

Result<std::unique_ptr<FanotifyGate>> FanotifyGate::open(const Clock& clock) {
  std::unique_ptr<FanotifyGate> gate(new FanotifyGate(clock));
  gate->buffer_.resize(kBuffer);
  gate->permission_.reset(::fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_CONTENT | FAN_REPORT_TID |
                                              FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                                          O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME));
  if (!gate->permission_)
    return failed("asking the kernel for permission events (needs CAP_SYS_ADMIN)", errno);
  gate->names_.reset(::fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_NOTIF | FAN_REPORT_TID |
                                         FAN_REPORT_DFID_NAME_TARGET | FAN_UNLIMITED_MARKS,
                                     0));
  if (!gate->names_) return failed("asking the kernel for file events with names (needs Linux 5.17)", errno);
  return gate;
}

FanotifyGate::~FanotifyGate() = default;

Result<std::size_t> FanotifyGate::mark_tree(const std::string& path) { return mark_below(path, {}, path, 0); }

Result<std::size_t> FanotifyGate::mark_below(const std::string& path, const FileId& parent,
                                             const std::string& name, int depth) {
  if (depth > kDepth) return fail(ErrorCode::kLimit, path + " is nested too deeply");
  // The index first: an event of this directory must find its path.
  auto id = file_id_of(path);
  if (id.empty()) return failed("looking up " + path, errno);
  if (parent.empty()) {
    directories_.add_root(id, path);
  } else {
    directories_.add(id, parent, name);
  }
  constexpr unsigned flags = FAN_MARK_ADD | FAN_MARK_ONLYDIR | FAN_MARK_DONT_FOLLOW;
  if (::fanotify_mark(names_.get(), flags, kNameMask | FAN_EVENT_ON_CHILD, AT_FDCWD, path.c_str()) != 0 ||
      ::fanotify_mark(permission_.get(), flags, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD, path.c_str()) !=
          0)
    return failed("watching " + path, errno);
  std::size_t marked = 1;
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return failed("reading " + path, errno);
  while (auto* entry = ::readdir(folder.get())) {
    std::string child = entry->d_name;
    if (child == "." || child == "..") continue;
    auto below = path + "/" + child;
    auto type = entry->d_type;
    struct stat status{};
    if (type == DT_UNKNOWN && ::lstat(below.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) type = DT_DIR;
    if (type != DT_DIR) continue;
    auto more = mark_below(below, id, child, depth + 1);
    if (more) {
      marked += *more;
    } else if (more.error().code() != ErrorCode::kNotFound) {  // it went away meanwhile
      return more;
    }
  }
  return marked;
}

Result<void> FanotifyGate::wait(std::chrono::milliseconds wait, Batch& batch) {
  batch.names.clear();
  batch.opens.clear();
  batch.overflow = false;
  pollfd polled[] = {{permission_.get(), POLLIN, 0}, {names_.get(), POLLIN, 0}};
  if (::poll(polled, 2, static_cast<int>(wait.count())) < 0 && errno != EINTR)
    return failed("waiting for events", errno);
  read_opens(batch);
  return {};
}

void FanotifyGate::read_opens(Batch& batch) {
  auto size = ::read(permission_.get(), buffer_.data(), buffer_.size());
  if (size <= 0) return;
  auto now = clock_.steady();
  const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer_.data());
  for (auto left = static_cast<long>(size); FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
    if (event->fd < 0) {
      batch.overflow |= (event->mask & FAN_Q_OVERFLOW) != 0;
      continue;
    }
    batch.opens.push_back(std::make_shared<OpenRequest>(permission_.get(), event->fd, event->pid, now));
  }
}

void FanotifyGate::read_names(Batch& batch) {
  while (batch.names.size() < kNamesMax) {
    auto size = ::read(names_.get(), buffer_.data(), buffer_.size());
    if (size <= 0) return;
    const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer_.data());
    for (auto left = static_cast<long>(size); FAN_EVENT_OK(event, left);
         event = FAN_EVENT_NEXT(event, left)) {
      if ((event->mask & FAN_Q_OVERFLOW) != 0) {
        batch.overflow = true;
        continue;
      }
      auto records = records_of(*event);
      NameEvent out;
      out.mask = event->mask & ~static_cast<std::uint64_t>(FAN_ONDIR);
      out.tid = event->pid;
      out.directory = (event->mask & FAN_ONDIR) != 0;
      out.path = directories_.path_of(records.directory, records.name);
      out.old_path = directories_.path_of(records.old_directory, records.old_name);
      out.file = std::move(records.file);
      if (out.directory) follow_directory(out, records.directory, records.name);
      batch.names.push_back(std::move(out));
    }
  }
}

void FanotifyGate::follow_directory(const NameEvent& event, const FileId& parent, const std::string& name) {
  if ((event.mask & FAN_RENAME) != 0 && !event.path.empty() && directories_.contains(event.file)) {
    directories_.moved(event.file, parent, name);
  } else if ((event.mask & (FAN_CREATE | FAN_RENAME)) != 0 && !event.path.empty()) {
    // New here: it may have got files before the marks were set; they are seen when they are next opened.
    [[maybe_unused]] auto marked = mark_below(event.path, parent, name, 0);
  }
  if ((event.mask & FAN_DELETE) != 0) directories_.remove(event.file);
}

}  // namespace vedette::files
