// What a correlation remembers of one group, and what it says of the time window that ends with the newest
// match. Incremental, with bounded memory:
//
// - Counts only have to be right up to the highest bound they are compared with: of events, and of distinct
//   values, only the K = bound + 1 latest are kept. The count is then exact up to K, whatever comes: the
//   distinct values seen within the window are the latest seen ones. So a million distinct values cost no
//   more than K.
// - temporal_ordered keeps, for each step, the latest time at which a chain up to it began; one that began
//   later serves wherever an earlier one would.
// - Sums, averages and percentiles keep the window's values, up to kWindowValuesMax; then the oldest goes and
//   `overflowed` tells.
//
// The window is (newest - timespan, newest]. Matches should come in the order of their times (correlate.h
// sorts). One that comes late is added where it belongs, if the window still reaches back to it, and the
// window is asked again as it ends now: what is then said is true, but what an earlier end would have said is
// not found any more. Of temporal_ordered a late step serves the steps that come after it in both orders.
// A late match costs up to K, one in order a constant. Not thread-safe.
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "logs/sigma/correlation.h"
#include "logs/sigma/distinct_values.h"

namespace vedette::logs::sigma {

inline constexpr std::size_t kWindowValuesMax = 10'000;

class Window {
 public:
  explicit Window(const Correlation& correlation);  // borrowed
  struct Held {
    double value;        // the window's count, sum …
    std::int64_t at_ms;  // of the match that completed it
  };
  // A match of rules[position]; `value` is that of the correlation's field. Nothing: the condition does not
  // hold.
  std::optional<Held> add(std::int64_t time_ms, std::size_t position, std::string_view value);
  // Whether a match of that time still changes anything.
  bool reaches(std::int64_t time_ms) const { return time_ms >= last_ms_ || within(time_ms, last_ms_); }
  std::int64_t last_ms() const { return last_ms_; }
  std::uint64_t overflowed() const { return overflowed_; }

  // Says that the condition held at this time, unless it was said of a time less than a timespan away.
  bool fire(std::int64_t at_ms);
  // When that was, in order, the newest kFiredMax. More than one, because late matches go back in time.
  static constexpr std::size_t kFiredMax = 16;
  std::vector<std::int64_t> fired_ms;

 private:
  // Only what the correlation's type needs is made: there are up to a group for each address of the world.
  // Times and steps are few bytes; what sums, averages and percentiles keep lies elsewhere.
  using Times = boost::circular_buffer_space_optimized<std::int64_t>;  // the latest, in order
  struct Steps {
    std::vector<std::optional<std::int64_t>> begun;  // last seen, or where the latest chain began
    std::vector<std::int64_t> reached;               // when that chain came to the step
  };
  struct Numbers {
    std::deque<std::pair<std::int64_t, double>> values;
    std::vector<double> sorted;
    long double sum = 0;
  };

  double count_event(std::int64_t time_ms);
  double count_value(std::int64_t time_ms, std::string_view value);
  double statistic(std::int64_t time_ms, double number);
  std::optional<double> temporal(std::int64_t time_ms, std::size_t position);
  std::optional<double> ordered(std::int64_t time_ms, std::size_t position);
  bool bounds_met(double value) const;
  bool within(std::int64_t then_ms, std::int64_t end_ms) const { return then_ms > end_ms - span_ms(); }
  std::int64_t span_ms() const { return correlation_.timespan.count(); }
  std::size_t kept_max() const;

  const Correlation& correlation_;
  std::int64_t last_ms_ = 0;  // of the newest match
  std::uint64_t overflowed_ = 0;
  std::variant<Times, DistinctValues, Steps, std::unique_ptr<Numbers>> kept_;
};

}  // namespace vedette::logs::sigma
