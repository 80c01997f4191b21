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
}

std::optional<double> Window::add(std::int64_t now_ms, std::size_t position, std::string_view value) {
  last_ms_ = now_ms;
  double got = 0;
  switch (correlation_.type) {
    case Type::kEventCount:
      got = count_event(now_ms);
      break;
    case Type::kValueCount:
      got = count_value(now_ms, value);
      break;
    case Type::kTemporal:
      return temporal(now_ms, position);
    case Type::kTemporalOrdered:
      return ordered(now_ms, position);
    default:
      if (!number_of(value)) return std::nullopt;
      got = statistic(now_ms, value);
  }
  return bounds_met(got) ? std::optional(got) : std::nullopt;
}

bool Window::bounds_met(double value) const {
  return std::ranges::all_of(correlation_.bounds, [&](const Bound& bound) { return bound.met(value); });
}

double Window::count_event(std::int64_t now_ms) {
  times_.push_back(now_ms);
  while (times_.size() > kept_max_ || !within(times_.front(), now_ms)) times_.pop_front();
  return static_cast<double>(times_.size());
}

double Window::count_value(std::int64_t now_ms, std::string_view value) {
  std::string key(value);
  if (key.size() > kValueBytesMax) key = sha256_hex(key);
  if (auto known = by_value_.find(key); known != by_value_.end()) {
    known->second->at_ms = now_ms;
    seen_.splice(seen_.end(), seen_, known->second);
  } else {
    seen_.push_back({std::move(key), now_ms});
    by_value_.emplace(seen_.back().value, std::prev(seen_.end()));
  }
  while (seen_.size() > kept_max_ || !within(seen_.front().at_ms, now_ms)) {
    by_value_.erase(seen_.front().value);
    seen_.pop_front();
  }
  return static_cast<double>(seen_.size());
}

double Window::statistic(std::int64_t now_ms, std::string_view value) {
  const bool ranked = correlation_.type == Type::kValuePercentile;
  const double number = *number_of(value);
  values_.emplace_back(now_ms, number);
  sum_ += number;
  if (ranked) sorted_.insert(std::ranges::upper_bound(sorted_, number), number);
  while (values_.size() > kWindowValuesMax || !within(values_.front().first, now_ms)) {
    if (within(values_.front().first, now_ms)) ++overflowed_;
    sum_ -= values_.front().second;
    if (ranked) sorted_.erase(std::ranges::lower_bound(sorted_, values_.front().second));
    values_.pop_front();
  }
  if (values_.size() == 1) sum_ = number;  // no rounding is carried on
  if (correlation_.type == Type::kValueSum) return static_cast<double>(sum_);
  if (!ranked) return static_cast<double>(sum_ / static_cast<long double>(values_.size()));
  // Nearest rank: the smallest value that at least this part of the values does not exceed.
  const auto rank = std::ceil(correlation_.percentile / 100 * static_cast<double>(sorted_.size()));
  return sorted_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::optional<double> Window::temporal(std::int64_t now_ms, std::size_t position) {
  steps_[position] = now_ms;
  std::vector<bool> there;
  for (const auto& step : steps_) there.push_back(step && within(*step, now_ms));
  const auto kinds = static_cast<double>(std::ranges::count(there, true));
  if (correlation_.extended)
    return extended_met(*correlation_.extended, there) ? std::optional(kinds) : std::nullopt;
  const bool met =
      correlation_.bounds.empty() ? kinds == static_cast<double>(there.size()) : bounds_met(kinds);
  return met ? std::optional(kinds) : std::nullopt;
}

std::optional<double> Window::ordered(std::int64_t now_ms, std::size_t position) {
  const auto begun = position == 0 ? std::optional(now_ms) : steps_[position - 1];
  if (!begun || !within(*begun, now_ms)) return std::nullopt;
  steps_[position] = std::max(*begun, steps_[position].value_or(*begun));
  // A bound asks for so many steps of the order; without one: all.
  const auto reached = static_cast<double>(position + 1);
  const bool met = correlation_.bounds.empty() ? position + 1 == steps_.size() : bounds_met(reached);
  return met ? std::optional(reached) : std::nullopt;
}

}  // namespace vedette::logs::sigma
