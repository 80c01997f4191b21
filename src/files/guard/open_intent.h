// OpenIntent: what a process that waits in open() wants: fanotify does not say.
//
// A task that waits for the answer to FAN_OPEN_PERM is blocked in its system call, and /proc/TID/syscall
// shows that call with its arguments in registers, where no other thread can change them. Where the flags
// cannot be had this way (openat2 keeps them in memory, io_uring has no call of its own, a foreign ABI has
// other numbers) the intent is unknown, and unknown counts as a write. Needs the right to trace the task.
// Thread-safe; opens nothing but /proc.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace vedette::files {

enum class OpenIntent { kRead, kWrite, kUnknown };

// `line` is the content of /proc/TID/syscall.
OpenIntent intent_of(std::string_view line);
OpenIntent read_open_intent(pid_t tid);

}  // namespace vedette::files
