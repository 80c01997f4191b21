#include "logs/sigma/window.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace {

using Type = Correlation::Type;

constexpr std::size_t kValueBytesMax = 128;

bool extended_met(const Expression& node, const std::vector<bool>& there) {
  auto met = [&](const Expression& of) { return extended_met(of, there); };
  switch (node.kind) {
    case Expression::Kind::kPredicate:
      return there[node.predicate];
    case Expression::Kind::kAnd:
      return std::ranges::all_of(node.of, met);
    case Expression::Kind::kOr:
      return std::ranges::any_of(node.of, met);
    default:
      return !met(node.of.front());
  }
}

}  // namespace

Window::Window(const Correlation& correlation)
    : correlation_(correlation), span_ms_(correlation.timespan.count()) {
  double highest = 0;
  for (const auto& bound : correlation.bounds) highest = std::max(highest, bound.number);
  kept_max_ = static_cast<std::size_t>(std::clamp(std::floor(highest), 0.0, kCountMax)) + 1;
  if (correlation.type == Type::kTemporal || correlation.type == Type::kTemporalOrdered)
    steps_.resize(correlation.rules.size());
  reached_.resize(steps_.size());
}

std::optional<Window::Held> Window::add(std::int64_t time_ms, std::size_t position, std::string_view value) {
  // Asked as of the newest match; the steps of an order complete it where they stand.
  const auto end_ms = std::max(last_ms_, time_ms);
  last_ms_ = end_ms;
  const auto held = [](std::optional<double> of, std::int64_t at_ms) -> std::optional<Held> {
    if (!of) return std::nullopt;
    return Held{*of, at_ms};
  };
  double got = 0;
  switch (correlation_.type) {
    case Type::kEventCount:
      got = count_event(time_ms);
      break;
    case Type::kValueCount:
      got = count_value(time_ms, value);
      break;
    case Type::kTemporal:
      return held(temporal(time_ms, position), end_ms);
    case Type::kTemporalOrdered:
      return held(ordered(time_ms, position), time_ms);
    default:
      const auto number = number_of(value);
      if (!number) return std::nullopt;
      got = statistic(time_ms, *number);
  }
  return bounds_met(got) ? std::optional(Held{got, end_ms}) : std::nullopt;
}

bool Window::fire(std::int64_t at_ms) {
  const auto later = std::ranges::lower_bound(fired_ms, at_ms);
  if (later != fired_ms.end() && *later - at_ms < span_ms_) return false;
  if (later != fired_ms.begin() && at_ms - *std::prev(later) < span_ms_) return false;
  fired_ms.insert(later, at_ms);
  if (fired_ms.size() > kFiredMax) fired_ms.erase(fired_ms.begin());
  return true;
}

bool Window::bounds_met(double value) const {
  return std::ranges::all_of(correlation_.bounds, [&](const Bound& bound) { return bound.met(value); });
}

double Window::count_event(std::int64_t time_ms) {
  const bool in_order = times_.empty() || times_.back() <= time_ms;
  times_.insert(in_order ? times_.end() : std::ranges::upper_bound(times_, time_ms), time_ms);
  while (times_.size() > kept_max_ || !within(times_.front(), last_ms_)) times_.pop_front();
  return static_cast<double>(times_.size());
}

double Window::count_value(std::int64_t time_ms, std::string_view value) {
  std::string key(value);
  if (key.size() > kValueBytesMax) key = sha256_hex(key);
  auto place = seen_.end();
  while (place != seen_.begin() && std::prev(place)->at_ms > time_ms) --place;
  if (auto known = by_value_.find(key); known != by_value_.end()) {
    if (known->second->at_ms <= time_ms) {
      known->second->at_ms = time_ms;
      seen_.splice(place, seen_, known->second);
    }
  } else {
    const auto added = seen_.insert(place, {std::move(key), time_ms});
    by_value_.emplace(added->value, added);
  }
  while (seen_.size() > kept_max_ || !within(seen_.front().at_ms, last_ms_)) {
    by_value_.erase(seen_.front().value);
    seen_.pop_front();
  }
  return static_cast<double>(seen_.size());
}

double Window::statistic(std::int64_t time_ms, double number) {
  const bool ranked = correlation_.type == Type::kValuePercentile;
  const auto later = std::ranges::upper_bound(values_, time_ms, {}, &std::pair<std::int64_t, double>::first);
  values_.emplace(later, time_ms, number);
  sum_ += number;
  if (ranked) sorted_.insert(std::ranges::upper_bound(sorted_, number), number);
  while (values_.size() > kWindowValuesMax || !within(values_.front().first, last_ms_)) {
    if (within(values_.front().first, last_ms_)) ++overflowed_;
    sum_ -= values_.front().second;
    if (ranked) sorted_.erase(std::ranges::lower_bound(sorted_, values_.front().second));
    values_.pop_front();
  }
  if (values_.size() == 1) sum_ = values_.front().second;  // no rounding is carried on
  if (correlation_.type == Type::kValueSum) return static_cast<double>(sum_);
  if (!ranked) return static_cast<double>(sum_ / static_cast<long double>(values_.size()));
  // Nearest rank: the smallest value that at least this part of the values does not exceed.
  const auto rank = std::ceil(correlation_.percentile / 100 * static_cast<double>(sorted_.size()));
  return sorted_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::optional<double> Window::temporal(std::int64_t time_ms, std::size_t position) {
  steps_[position] = std::max(time_ms, steps_[position].value_or(time_ms));
  std::vector<bool> there;
  for (const auto& step : steps_) there.push_back(step && within(*step, last_ms_));
  const auto kinds = static_cast<double>(std::ranges::count(there, true));
  if (correlation_.extended)
    return extended_met(*correlation_.extended, there) ? std::optional(kinds) : std::nullopt;
  const bool met =
      correlation_.bounds.empty() ? kinds == static_cast<double>(there.size()) : bounds_met(kinds);
  return met ? std::optional(kinds) : std::nullopt;
}

std::optional<double> Window::ordered(std::int64_t time_ms, std::size_t position) {
  const auto begun = position == 0 ? std::optional(time_ms) : steps_[position - 1];
  if (!begun || !within(*begun, time_ms)) return std::nullopt;
  // A late step only goes on with what had come so far before it.
  if (position > 0 && reached_[position - 1] > time_ms) return std::nullopt;
  if (auto& step = steps_[position]; !step || *begun > *step) {
    step = begun;
    reached_[position] = time_ms;
  }
  // A bound asks for so many steps of the order; without one: all.
  const auto reached = static_cast<double>(position + 1);
  const bool met = correlation_.bounds.empty() ? position + 1 == steps_.size() : bounds_met(reached);
  return met ? std::optional(reached) : std::nullopt;
}

}  // namespace vedette::logs::sigma
