#include "files/guard/open_intent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>

#include <charconv>

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

OpenIntent intent_of_flags(std::optional<unsigned long> flags) {
  if (!flags) return OpenIntent::kUnknown;
  bool writes = (*flags & O_ACCMODE) != O_RDONLY || (*flags & O_TRUNC) != 0;
  return writes ? OpenIntent::kWrite : OpenIntent::kRead;
}

constexpr int kTries = 50;  // the task may still be on its way to sleep when its event is read

}  // namespace

OpenIntent intent_of(std::string_view line) {
  auto number = word(line, 0);
  if (!number) return OpenIntent::kUnknown;  // "running", or "-1" for no system call
  switch (*number) {
#ifdef SYS_open
    case SYS_open:
      return intent_of_flags(word(line, 2));
    case SYS_creat:
      return OpenIntent::kWrite;
#endif
    case SYS_openat:
    case SYS_open_by_handle_at:
      return intent_of_flags(word(line, 3));
    case SYS_execve:
    case SYS_execveat:
      return OpenIntent::kRead;
    default:
      return OpenIntent::kUnknown;
  }
}

OpenIntent read_open_intent(pid_t tid) {
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
