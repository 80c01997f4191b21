// What a correlation remembers of one group, and what it says of the time window that ends now. Incremental,
// with bounded memory:
//
// - Counts only have to be right up to the highest bound they are compared with: of events, and of distinct
// values,
//   only the K = bound + 1 latest are kept. The count is then exact up to K, whatever comes: the distinct
//   values seen within the window are the latest seen ones. So a million distinct values cost no more than K.
// - temporal_ordered keeps, for each step, the latest time at which a chain up to it began; one that began
// later
//   serves wherever an earlier one would.
// - Sums, averages and percentiles keep the window's values, up to kWindowValuesMax; then the oldest goes and
//   `overflowed` tells.
//
// The window is (now - timespan, now]. Times never go back (correlate.h sorts). Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logs/sigma/correlation.h"

namespace vedette::logs::sigma {

inline constexpr std::size_t kWindowValuesMax = 10'000;

class Window {
 public:
  explicit Window(const Correlation& correlation);  // borrowed
  // A match of rules[position] at `now_ms`; `value` is that of the correlation's field. What the window's
  // count, sum … is, if its condition holds now.
  std::optional<double> add(std::int64_t now_ms, std::size_t position, std::string_view value);
  std::int64_t last_ms() const { return last_ms_; }
  std::uint64_t overflowed() const { return overflowed_; }

  // Of the last condition that held: nothing more is said for a timespan.
  std::optional<std::int64_t> fired_ms;

 private:
  double count_event(std::int64_t now_ms);
  double count_value(std::int64_t now_ms, std::string_view value);
  double statistic(std::int64_t now_ms, std::string_view value);
  std::optional<double> temporal(std::int64_t now_ms, std::size_t position);
  std::optional<double> ordered(std::int64_t now_ms, std::size_t position);
  bool bounds_met(double value) const;
  bool within(std::int64_t then_ms, std::int64_t now_ms) const { return then_ms > now_ms - span_ms_; }

  const Correlation& correlation_;
  const std::int64_t span_ms_;
  std::size_t kept_max_ = 0;
  std::int64_t last_ms_ = 0;
  std::uint64_t overflowed_ = 0;

  std::deque<std::int64_t> times_;
  struct Seen {
    std::string value;
    std::int64_t at_ms;
  };
  std::list<Seen> seen_;  // the latest last
  std::unordered_map<std::string_view, std::list<Seen>::iterator> by_value_;
  std::vector<std::optional<std::int64_t>> steps_;  // last seen, or where the latest chain began
  std::deque<std::pair<std::int64_t, double>> values_;
  std::vector<double> sorted_;
  long double sum_ = 0;
};

}  // namespace vedette::logs::sigma
