#include "sites/watch/schedule.h"

namespace vedette::sites {

using std::chrono::milliseconds;

void Schedule::set(const std::string& key, SteadyTime due, bool urgent) {
  remove(key);
  Queue& queue = urgent ? urgent_ : queue_;
  place_[key] = {&queue, queue.emplace(due, key)};
}

void Schedule::remove(const std::string& key) {
  auto found = place_.find(key);
  if (found == place_.end()) return;
  found->second.queue->erase(found->second.at);
  place_.erase(found);
}

void Schedule::move_due(Queue& from, SteadyTime now, std::size_t limit, std::vector<Due>& out) {
  while (!from.empty() && out.size() < limit && from.begin()->first <= now) {
    auto first = from.begin();
    out.push_back({std::move(first->second), first->first});
    from.erase(first);
  }
}

std::vector<Schedule::Due> Schedule::take(SteadyTime now, std::size_t limit, std::size_t reserve) {
  std::vector<Due> out;
  move_due(urgent_, now, limit + reserve, out);
  move_due(queue_, now, limit, out);
  for (const auto& one : out) place_.erase(one.key);
  return out;
}

std::size_t Schedule::due(SteadyTime now) const {
  return static_cast<std::size_t>(std::distance(queue_.begin(), queue_.upper_bound(now)) +
                                  std::distance(urgent_.begin(), urgent_.upper_bound(now)));
}

std::optional<SteadyTime> Schedule::next() const {
  if (queue_.empty() && urgent_.empty()) return std::nullopt;
  if (queue_.empty()) return urgent_.begin()->first;
  if (urgent_.empty()) return queue_.begin()->first;
  return std::min(queue_.begin()->first, urgent_.begin()->first);
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
