#include "sites/watch/schedule.h"

namespace vedette::sites {

using std::chrono::milliseconds;

void Schedule::set(const std::string& key, SteadyTime due) {
  remove(key);
  place_[key] = queue_.emplace(due, key);
}

void Schedule::remove(const std::string& key) {
  auto found = place_.find(key);
  if (found == place_.end()) return;
  queue_.erase(found->second);
  place_.erase(found);
}

std::vector<Schedule::Due> Schedule::take(SteadyTime now, std::size_t limit) {
  std::vector<Due> out;
  while (!queue_.empty() && out.size() < limit && queue_.begin()->first <= now) {
    auto first = queue_.begin();
    out.push_back({first->second, first->first});
    place_.erase(first->second);
    queue_.erase(first);
  }
  return out;
}

std::size_t Schedule::due(SteadyTime now) const {
  return static_cast<std::size_t>(std::distance(queue_.begin(), queue_.upper_bound(now)));
}

std::optional<SteadyTime> Schedule::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

milliseconds Jitter::around(milliseconds interval) {
  auto tenth = interval.count() / 10;
  if (tenth <= 0) return interval;
  return interval + milliseconds(std::uniform_int_distribution<std::int64_t>(-tenth, tenth)(random_));
}

milliseconds Jitter::within(milliseconds span) {
  if (span.count() <= 0) return milliseconds(0);
  return milliseconds(std::uniform_int_distribution<std::int64_t>(0, span.count() - 1)(random_));
}

milliseconds first_delay(std::optional<WallTime> next_check_at, WallTime now, milliseconds interval,
                         Jitter& jitter) {
  // A stored time further ahead than one interval comes from a wall clock that has since gone back.
  if (next_check_at && *next_check_at > now && *next_check_at - now <= interval * 2)
    return *next_check_at - now;
  return jitter.within(std::min<milliseconds>(interval, std::chrono::minutes(1)));
}

}  // namespace vedette::sites
