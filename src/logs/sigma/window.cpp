#include "logs/sigma/window.h"

#include <algorithm>
#include <cmath>

#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace {

using Type = Correlation::Type;

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

Window::Window(const Correlation& correlation) : correlation_(correlation) {
  const auto steps = correlation.rules.size();
  switch (correlation.type) {
    case Type::kEventCount:
      kept_ = Times(kept_max());
      break;
    case Type::kValueCount:
      kept_ = DistinctValues();
      break;
    case Type::kTemporal:
    case Type::kTemporalOrdered:
      kept_ = Steps{std::vector<std::optional<std::int64_t>>(steps), std::vector<std::int64_t>(steps)};
      break;
    default:
      kept_ = std::make_unique<Numbers>();
  }
}

std::size_t Window::kept_max() const {
  double highest = 0;
  for (const auto& bound : correlation_.bounds) highest = std::max(highest, bound.number);
  return static_cast<std::size_t>(std::clamp(std::floor(highest), 0.0, kCountMax)) + 1;
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
  if (later != fired_ms.end() && *later - at_ms < span_ms()) return false;
  if (later != fired_ms.begin() && at_ms - *std::prev(later) < span_ms()) return false;
  fired_ms.insert(later, at_ms);
  if (fired_ms.size() > kFiredMax) fired_ms.erase(fired_ms.begin());
  return true;
}

bool Window::bounds_met(double value) const {
  return std::ranges::all_of(correlation_.bounds, [&](const Bound& bound) { return bound.met(value); });
}

double Window::count_event(std::int64_t time_ms) {
  auto& times = std::get<Times>(kept_);
  // Where it is full the oldest goes.
  if (times.empty() || times.back() <= time_ms)
    times.push_back(time_ms);
  else
    times.insert(std::ranges::upper_bound(times, time_ms), time_ms);
  while (!within(times.front(), last_ms_)) times.pop_front();
  return static_cast<double>(times.size());
}

double Window::count_value(std::int64_t time_ms, std::string_view value) {
  auto& values = std::get<DistinctValues>(kept_);
  return static_cast<double>(values.add(time_ms, value, last_ms_ - span_ms(), kept_max()));
}

double Window::statistic(std::int64_t time_ms, double number) {
  auto& [values, sorted, sum] = *std::get<std::unique_ptr<Numbers>>(kept_);
  const bool ranked = correlation_.type == Type::kValuePercentile;
  const auto later = std::ranges::upper_bound(values, time_ms, {}, &std::pair<std::int64_t, double>::first);
  values.emplace(later, time_ms, number);
  sum += number;
  if (ranked) sorted.insert(std::ranges::upper_bound(sorted, number), number);
  while (values.size() > kWindowValuesMax || !within(values.front().first, last_ms_)) {
    if (within(values.front().first, last_ms_)) ++overflowed_;
    sum -= values.front().second;
    if (ranked) sorted.erase(std::ranges::lower_bound(sorted, values.front().second));
    values.pop_front();
  }
  if (values.size() == 1) sum = values.front().second;  // no rounding is carried on
  if (correlation_.type == Type::kValueSum) return static_cast<double>(sum);
  if (!ranked) return static_cast<double>(sum / static_cast<long double>(values.size()));
  // Nearest rank: the smallest value that at least this part of the values does not exceed.
  const auto rank = std::ceil(correlation_.percentile / 100 * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::optional<double> Window::temporal(std::int64_t time_ms, std::size_t position) {
  auto& steps = std::get<Steps>(kept_).begun;
  steps[position] = std::max(time_ms, steps[position].value_or(time_ms));
  std::vector<bool> there;
  for (const auto& step : steps) there.push_back(step && within(*step, last_ms_));
  const auto kinds = static_cast<double>(std::ranges::count(there, true));
  if (correlation_.extended)
    return extended_met(*correlation_.extended, there) ? std::optional(kinds) : std::nullopt;
  const bool met =
      correlation_.bounds.empty() ? kinds == static_cast<double>(there.size()) : bounds_met(kinds);
  return met ? std::optional(kinds) : std::nullopt;
}

std::optional<double> Window::ordered(std::int64_t time_ms, std::size_t position) {
  auto& steps = std::get<Steps>(kept_);
  const auto begun = position == 0 ? std::optional(time_ms) : steps.begun[position - 1];
  if (!begun || !within(*begun, time_ms)) return std::nullopt;
  // A late step only goes on with what had come so far before it.
  if (position > 0 && steps.reached[position - 1] > time_ms) return std::nullopt;
  if (auto& step = steps.begun[position]; !step || *begun > *step) {
    step = begun;
    steps.reached[position] = time_ms;
  }
  // A bound asks for so many steps of the order; without one: all.
  const auto reached = static_cast<double>(position + 1);
  const bool met = correlation_.bounds.empty() ? position + 1 == steps.begun.size() : bounds_met(reached);
  return met ? std::optional(reached) : std::nullopt;
}

}  // namespace vedette::logs::sigma
