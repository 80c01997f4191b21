// OpenIntent: what a process that waits in open() wants: fanotify does not say.
//
// A task that waits for the answer to FAN_OPEN_PERM is blocked in its system call, whose arguments are in
// registers where no other thread can change them. TaskProbe reads them, or, where that is not to be had,
// /proc/TID/syscall. Where the flags are not among them (openat2 keeps them in memory, io_uring has no call
// of its own, a foreign ABI has other numbers) the intent is unknown, and unknown counts as a write. Needs
// the right to trace the task. Thread-safe; opens nothing but /proc.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace vedette::files {

enum class OpenIntent {
  kRead,
  kWrite,
  kTruncate,  // a write that begins by removing all that is there
  kUnknown
};

OpenIntent intent_of(std::uint64_t call, const std::array<std::uint64_t, 4>& arguments);
// `line` is the content of /proc/TID/syscall.
OpenIntent intent_of(std::string_view line);
OpenIntent read_open_intent(pid_t tid);
// One of io_uring's threads shows the call of whoever started it. `stat` is the content of /proc/TID/stat.
bool is_io_worker(std::string_view stat);

}  // namespace vedette::files
