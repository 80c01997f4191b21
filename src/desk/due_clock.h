// DueClock: the desk's own time, in which steps, retries and leases are due. It never goes back and never
// stands still.
//
// It follows the wall clock forwards. When the wall clock is set back, it goes on with the steady clock from
// where it was; when the program starts with a wall clock behind what the database has seen, it starts from
// there. So a jump of the wall clock may make something due early, never late. Thread-safe.
#pragma once

#include <mutex>

#include "base/clock.h"

namespace vedette::desk {

class DueClock {
 public:
  explicit DueClock(const Clock& clock)
      : clock_(clock), now_ms_(to_unix_ms(clock.wall())), at_(clock.steady()) {}

  std::int64_t now_ms() {
    std::lock_guard lock(mutex_);
    return advance();
  }
  // Not before `ms`: the newest time the database has seen.
  void not_before(std::int64_t ms) {
    std::lock_guard lock(mutex_);
    now_ms_ = std::max(advance(), ms);
  }
  std::int64_t from_wall(WallTime wall) { return now_ms() + (wall - clock_.wall()).count(); }
  WallTime to_wall(std::int64_t due_ms) {
    return clock_.wall() + std::chrono::milliseconds(due_ms - now_ms());
  }

 private:
  std::int64_t advance() {
    auto steady = clock_.steady();
    auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - at_);
    at_ += passed;  // keeps the fraction of a millisecond for the next time
    now_ms_ = std::max(now_ms_ + passed.count(), to_unix_ms(clock_.wall()));
    return now_ms_;
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t now_ms_;
  SteadyTime at_;
};

}  // namespace vedette::desk
