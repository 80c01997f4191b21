// Schedule: what is due when, for thousands of sites; and how the moments are chosen.
//
// Ordered by due time; set, remove and take are O(log n). Not thread-safe: its owner locks. Steady time only,
// so a jump of the wall clock moves no check; next_check_at in the store is wall time and only places the
// first check after a restart.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace vedette::sites {

class Schedule {
 public:
  // Also moves a key that is there. `urgent`: goes before all that are not.
  void set(const std::string& key, SteadyTime due, bool urgent = false);
  void remove(const std::string& key);
  // At most `limit` keys that are due at `now`, urgent ones first, then the longest waiting; urgent ones may
  // be `reserve` more. They leave the schedule.
  struct Due {
    std::string key;
    SteadyTime due;
  };
  std::vector<Due> take(SteadyTime now, std::size_t limit, std::size_t reserve = 0);
  std::optional<SteadyTime> next() const;
  std::size_t size() const { return place_.size(); }
  std::size_t due(SteadyTime now) const;  // how many keys; linear in that number

 private:
  using Queue = std::multimap<SteadyTime, std::string>;
  struct Place {
    Queue* queue;
    Queue::iterator at;
  };
  static void move_due(Queue& from, SteadyTime now, std::size_t limit, std::vector<Due>& out);
  Queue queue_, urgent_;
  std::unordered_map<std::string, Place> place_;
};

// Chooses moments so that sites do not fall into step with each other.
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : random_(seed) {}
  // `interval` ± 10%.
  std::chrono::milliseconds around(std::chrono::milliseconds interval);
  // Anywhere in [0, span): for the first check of a site that was never checked or is overdue after a
  // restart.
  std::chrono::milliseconds within(std::chrono::milliseconds span);

 private:
  std::mt19937_64 random_;
};

// How long after start a site is checked first: when it was due anyway, or, overdue, somewhere within one
// interval (at most a minute), so that a restart with thousands of sites is no thundering herd.
std::chrono::milliseconds first_delay(std::optional<WallTime> next_check_at, WallTime now,
                                      std::chrono::milliseconds interval, Jitter& jitter);

}  // namespace vedette::sites
