// Supervisor: the watchdog process above the guard. It forks the guard, and kills it when it gives no sign of
// life: the kernel then lets everybody through whom it kept waiting, and the guard is started again.
//
// The sign of life is a time in shared memory that the guard renews while the thread that answers opens is
// alive. supervise() is to be called by a process with one thread, before anything else was started.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "base/result.h"

namespace vedette::files {

class Heartbeat {
 public:
  void beat();                           // the guard
  void rest() { last_ns_.store(0); }     // it may take its time now (start, end)
  std::chrono::nanoseconds age() const;  // zero at rest

 private:
  std::atomic<std::int64_t> last_ns_{0};
};

struct SupervisorOptions {
  std::chrono::milliseconds hang_limit{700};
  int starts_max = 5;                          // within a minute
  std::function<void()> before_start = [] {};  // in the watchdog, before each start of the guard
};

enum class Alarm { kHung, kDied, kGaveUp };

// Returns the exit code of a guard that ended by itself, after SIGINT or SIGTERM too; 2 when it gave up.
// `guard` runs in the child and returns its exit code; SIGINT and SIGTERM are blocked there, for sigwait().
// `alarm` runs in the watchdog.
int supervise(const SupervisorOptions& options, const std::function<int(Heartbeat&)>& guard,
              const std::function<void(Alarm, int pid)>& alarm);

}  // namespace vedette::files
