// TaskProbe: what the kernel knows of a task that waits in open(): its system call with the arguments, and
// which process and program it is. One system call, nothing of /proc.
//
// /proc/TID/syscall would say the same, but sleeps for a whole tick where the task is not quite asleep yet.
// Here a BPF program of some forty instructions, assembled in the .cpp, looks the task up by its number and
// copies its registers; it runs when find() is called and never else, so that nobody else pays for it. Needs
// x86-64, BTF and bpf_task_from_pid() (Linux 6.2; callable this way from 6.10 on), and a guard that sees the
// machine's own process numbers; open() fails where that is not so, and the caller asks /proc.
//
// find() is for any thread.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

struct TaskFacts {
  // Where this is the same, it is one program run by one user in one place.
  pid_t process = 0;
  std::uint32_t euid = 0;
  std::uint64_t start_ns = 0;  // of the process, since boot
  std::uint64_t exec_id = 0;   // grows with each exec
  std::uint64_t cgroup = 0;    // its number in the unified hierarchy
  auto operator<=>(const TaskFacts&) const = default;
};

struct WaitingTask {
  TaskFacts facts;
  bool worker = false;  // of io_uring: the call below is not what it is doing
  std::uint64_t call = 0;
  std::array<std::uint64_t, 4> arguments{};
};

class TaskProbe {
 public:
  static Result<std::unique_ptr<TaskProbe>> open();
  // Nothing when the task is gone.
  std::optional<WaitingTask> find(pid_t tid) const;

 private:
  TaskProbe() = default;
  UniqueFd program_;
};

}  // namespace vedette::files
