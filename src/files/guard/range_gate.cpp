#include "files/guard/range_gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

// Debian 12's headers are older than what the kernel may be.
#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x00100000
#endif
#ifndef FAN_EVENT_INFO_TYPE_RANGE
#define FAN_EVENT_INFO_TYPE_RANGE 6
#endif

namespace vedette::files {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

// struct fanotify_event_info_range
struct RangeRecord {
  fanotify_event_info_header header;
  std::uint32_t pad;
  std::uint64_t offset;
  std::uint64_t count;
};

std::unexpected<Error> failed(const std::string& what) {
  auto code = errno == EPERM || errno == EACCES ? ErrorCode::kForbidden
              : errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == ENODEV
                  ? ErrorCode::kUnsupported
                  : ErrorCode::kUnavailable;
  return fail(code, what + ": " + std::strerror(errno));
}

// All of the file where the event does not say.
Range range_of(const fanotify_event_metadata& event) {
  const char* at = reinterpret_cast<const char*>(&event) + event.metadata_len;
  const char* end = reinterpret_cast<const char*>(&event) + event.event_len;
  while (end - at >= static_cast<std::ptrdiff_t>(sizeof(fanotify_event_info_header))) {
    fanotify_event_info_header header{};
    std::memcpy(&header, at, sizeof header);
    if (header.len < sizeof header || header.len > end - at) break;
    if (header.info_type == FAN_EVENT_INFO_TYPE_RANGE && header.len >= sizeof(RangeRecord)) {
      RangeRecord record{};
      std::memcpy(&record, at, sizeof record);
      return {record.offset, record.count == 0 ? Range::kToTheEnd : record.count};
    }
    at += header.len;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RangeGate>> RangeGate::open(const Clock& clock) {
  std::unique_ptr<RangeGate> gate(new RangeGate(clock));
  gate->buffer_.resize(kBuffer);
  gate->group_.reset(::fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_PRE_CONTENT | FAN_REPORT_TID |
                                         FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                                     O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME));
  if (!gate->group_) return failed("asking the kernel for events before a file is read or written");
  // Older kernels know the class, but not the event.
  UniqueFd trial(::open("/", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!trial) trial.reset(::memfd_create("trial", MFD_CLOEXEC));
  if (auto marked = gate->mark(trial.get()); !marked && errno == EINVAL)
    return fail(ErrorCode::kUnsupported,
                "this kernel does not tell of single reads and writes (Linux 6.14 does)");
  return gate;
}

Result<void> RangeGate::mark(int fd) {
  const auto path = fmt::format("/proc/self/fd/{}", fd);
  if (::fanotify_mark(group_.get(), FAN_MARK_ADD, FAN_PRE_ACCESS, AT_FDCWD, path.c_str()) != 0)
    return failed("watching a file's stretches");
  // Where this is refused, readers are asked for from the beginning.
  ::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY,
                  FAN_PRE_ACCESS, AT_FDCWD, path.c_str());
  return {};
}

void RangeGate::listen(int fd) {
  const auto path = fmt::format("/proc/self/fd/{}", fd);
  ::fanotify_mark(group_.get(), FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, FAN_PRE_ACCESS, AT_FDCWD,
                  path.c_str());
}

Result<void> RangeGate::wait(std::chrono::milliseconds wait, std::vector<RangeRequest>& requests) {
  requests.clear();
  pollfd polled{group_.get(), POLLIN, 0};
  if (::poll(&polled, 1, static_cast<int>(wait.count())) < 0 && errno != EINTR)
    return failed("waiting for events");
  auto size = ::read(group_.get(), buffer_.data(), buffer_.size());
  if (size <= 0) return {};
  auto now = clock_.steady();
  const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer_.data());
  for (auto left = static_cast<long>(size); FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
    if (event->fd < 0) continue;
    requests.push_back(
        {std::make_shared<OpenRequest>(group_.get(), event->fd, event->pid, now), range_of(*event)});
  }
  return {};
}

std::optional<Range> written_range(std::uint64_t call, const std::array<std::uint64_t, 4>& arguments,
                                   Range told) {
  switch (call) {
    case SYS_read:
    case SYS_pread64:
    case SYS_readv:
    case SYS_preadv:
    case SYS_preadv2:
    case SYS_execve:
    case SYS_execveat:
      return std::nullopt;
    case SYS_mmap:
      // A shared mapping that may only be read can be made writable later.
      if ((arguments[3] & MAP_TYPE) == MAP_PRIVATE) return std::nullopt;
      return told;
    case SYS_truncate:
    case SYS_ftruncate:
      return Range{told.offset, Range::kToTheEnd};
    case SYS_fallocate:
      // These move all that lies behind.
      if ((arguments[1] & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) != 0)
        return Range{told.offset, Range::kToTheEnd};
      return told;
    default:
      return told;
  }
}

}  // namespace vedette::files
