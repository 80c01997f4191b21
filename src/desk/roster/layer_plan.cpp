#include "desk/roster/layer_plan.h"

namespace vedette::desk {
namespace {

using std::chrono::minutes;

WallTime handoff(const Layer& layer, const Zone& zone, std::int64_t turn) {
  return zone.first_at(layer.start + minutes(turn * layer.turn_minutes));
}

// Monday 00:00 of the local week that holds `time`.
LocalTime week_of(LocalTime time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::weekday weekday(day);
  return LocalTime(day - (weekday - std::chrono::Monday));
}

std::vector<std::pair<WallTime, WallTime>> windows_between(const Layer& layer, const Zone& zone,
                                                           WallTime from, WallTime to) {
  std::vector<std::pair<WallTime, WallTime>> all;
  // A window may have begun in the week before; a wall clock may have gone back at the span's start.
  auto week = week_of(zone.local(from) - std::chrono::days(9));
  auto last = zone.local(to) + std::chrono::days(2);
  for (; week <= last; week += std::chrono::days(7)) {
    for (const auto& window : layer.windows) {
      int length = window.to_minute - window.from_minute;
      if (length < 0) length += kWeekMinutes;
      auto begin = week + minutes(window.from_minute);
      all.emplace_back(zone.first_at(begin), zone.first_at(begin + minutes(length)));
    }
  }
  std::ranges::sort(all);
  std::vector<std::pair<WallTime, WallTime>> merged;
  for (const auto& one : all) {
    if (one.first == one.second) continue;  // all of it was skipped by the wall clock
    if (!merged.empty() && one.first <= merged.back().second)
      merged.back().second = std::max(merged.back().second, one.second);
    else
      merged.push_back(one);
  }
  return merged;
}

}  // namespace

// The turn that `at` lies in: the last whose handoff is not after it.
std::int64_t LayerPlan::turn_before(const Layer& layer, const Zone& zone, WallTime at) const {
  auto since = std::chrono::floor<minutes>(zone.local(at) - layer.start).count();
  auto turn = since / layer.turn_minutes - (since % layer.turn_minutes < 0 ? 1 : 0);
  // The wall clock may have shown a later time before it was set back: by a day at the most.
  while (handoff(layer, zone, turn + 1) <= at) ++turn;
  while (handoff(layer, zone, turn) > at) --turn;
  return turn;
}

LayerPlan::LayerPlan(const Layer& layer, WallTime from, WallTime to) {
  auto zone = Zone::find(layer.zone);
  if (!zone || layer.members.empty()) {
    always_off_ = true;
    return;
  }
  if (layer.end) end_ = zone->first_at(*layer.end);
  auto begin = std::max(from, zone->first_at(layer.start));
  if (begin >= to || (end_ && *end_ <= begin)) {
    always_off_ = true;
    return;
  }
  first_turn_ = std::max<std::int64_t>(0, turn_before(layer, *zone, begin));
  for (auto turn = first_turn_;; ++turn) {
    auto at = handoff(layer, *zone, turn);
    if (at >= to) break;
    handoffs_.push_back(at);
  }
  windowed_ = !layer.windows.empty();
  if (windowed_) opened_ = windows_between(layer, *zone, from, to);
}

std::optional<std::int64_t> LayerPlan::turn_at(WallTime at) const {
  if (always_off_ || (end_ && at >= *end_)) return std::nullopt;
  auto after = std::ranges::upper_bound(handoffs_, at);
  if (after == handoffs_.begin()) return std::nullopt;
  if (windowed_) {
    auto next = std::ranges::upper_bound(opened_, at, {}, &std::pair<WallTime, WallTime>::first);
    if (next == opened_.begin() || std::prev(next)->second <= at) return std::nullopt;
  }
  return first_turn_ + (after - handoffs_.begin()) - 1;
}

void LayerPlan::add_cuts(std::vector<WallTime>& cuts) const {
  cuts.insert(cuts.end(), handoffs_.begin(), handoffs_.end());
  for (const auto& [begin, end] : opened_) {
    cuts.push_back(begin);
    cuts.push_back(end);
  }
  if (end_) cuts.push_back(*end_);
}

}  // namespace vedette::desk
