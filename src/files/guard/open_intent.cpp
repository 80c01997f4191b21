#include "files/guard/open_intent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>

#include <charconv>

#include "files/guard/processes.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace {

// The n-th word of the line (0: the number of the call), or nothing.
std::optional<unsigned long> word(std::string_view line, int n) {
  for (; n > 0; --n) {
    auto space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    line.remove_prefix(space + 1);
  }
  line = line.substr(0, line.find_first_of(" \n"));
  int base = 10;
  if (line.starts_with("0x")) {
    line.remove_prefix(2);
    base = 16;
  }
  unsigned long value = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value, base);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return value;
}

constexpr int kTries = 50;                 // the task may still be on its way to sleep when its event is read
constexpr unsigned long kIoWorker = 0x10;  // PF_IO_WORKER of the kernel's sched.h

OpenIntent intent_of_flags(std::uint64_t flags) {
  if ((flags & O_TRUNC) != 0) return OpenIntent::kTruncate;
  return (flags & O_ACCMODE) != O_RDONLY ? OpenIntent::kWrite : OpenIntent::kRead;
}

}  // namespace

OpenIntent intent_of(std::uint64_t call, const std::array<std::uint64_t, 4>& arguments) {
  switch (call) {
#ifdef SYS_open
    case SYS_open:
      return intent_of_flags(arguments[1]);
    case SYS_creat:
      return OpenIntent::kTruncate;
#endif
    case SYS_openat:
    case SYS_open_by_handle_at:
      return intent_of_flags(arguments[2]);
    case SYS_execve:
    case SYS_execveat:
      return OpenIntent::kRead;
    default:
      return OpenIntent::kUnknown;
  }
}

OpenIntent intent_of(std::string_view line) {
  auto call = word(line, 0);
  if (!call) return OpenIntent::kUnknown;  // "running", or "-1" for no system call
  std::array<std::uint64_t, 4> arguments{};
  for (int i = 0; i < 4; ++i) {
    auto argument = word(line, i + 1);
    if (!argument) return OpenIntent::kUnknown;
    arguments[static_cast<std::size_t>(i)] = *argument;
  }
  return intent_of(*call, arguments);
}

bool is_io_worker(std::string_view stat) {
  auto close = stat.rfind(')');
  if (close == std::string_view::npos || stat.size() < close + 2) return false;
  auto flags = word(stat.substr(close + 2), 6);
  return flags && (*flags & kIoWorker) != 0;
}

OpenIntent read_open_intent(pid_t tid) {
  if (is_io_worker(read_small(fmt::format("/proc/{}/stat", tid), 1024))) return OpenIntent::kUnknown;
  char path[40];
  *fmt::format_to_n(path, sizeof path - 1, "/proc/{}/syscall", tid).out = '\0';
  UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return OpenIntent::kUnknown;
  char line[256];
  for (int i = 0; i < kTries; ++i) {
    auto size = ::pread(file.get(), line, sizeof line, 0);
    if (size <= 0) return OpenIntent::kUnknown;
    std::string_view text(line, static_cast<std::size_t>(size));
    if (!text.starts_with("running")) return intent_of(text);
    ::sched_yield();
  }
  return OpenIntent::kUnknown;
}

}  // namespace vedette::files
