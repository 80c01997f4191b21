// HourlyHabit: what a number counted every hour usually is at this hour of the week, and whether an hour was
// beyond that.
//
// What is usual is learnt from the same hour of the week, and those before and after it, in the last four
// weeks: at most twelve hours, of which six of two weeks must be known. So office hours, nightly jobs and
// Sundays are each compared with their like, and a clock that is set by an hour changes nothing. Median and
// median absolute deviation (Hampel 1974): one hour of an attack, or of an outage, does not move them.
//
// Hours are numbered since 1970, in UTC. Plain values, no clock of their own. 2.8 KB a series.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace vedette::logs {

class HourlySeries {
 public:
  static constexpr std::int64_t kWeek = 7 * 24, kWeeks = 4;
  static constexpr std::int64_t kHours = kWeeks * kWeek + 2;
  static constexpr std::uint32_t kUnknown = ~0U, kLargest = kUnknown - 1;

  HourlySeries() { values_.fill(kUnknown); }
  // Hours between the newest and this one become unknown. One that is older than all that are kept is passed
  // over; so are all but the newest kHours.
  void set(std::int64_t hour, std::uint32_t value);
  std::uint32_t at(std::int64_t hour) const;
  std::int64_t newest() const { return newest_; }
  std::size_t known() const;

 private:
  static std::size_t place(std::int64_t hour) {
    return static_cast<std::size_t>((hour % kHours + kHours) % kHours);
  }
  std::int64_t newest_ = 0;
  std::array<std::uint32_t, kHours> values_;
};

// What the hours that are compared with this one had.
struct Usual {
  std::uint32_t median = 0, lowest = 0, highest = 0;
  double deviation = 0;      // of the values, and …
  double log_deviation = 0;  // … of their logarithms: 1.4826 times the median absolute deviation
  std::uint32_t hours = 0;   // that were known
};
// Nothing: there is too little history.
std::optional<Usual> usual_at(const HourlySeries& series, std::int64_t hour);

enum class Departure : std::uint8_t { kNone, kBelow, kAbove };

// A number of events. Beyond its habit when all of these hold: `ratio` times the median or more (or that part
// of it or less), five deviations of the logarithms, half as much again as anything seen at such an hour, and
// `least` events. Counts multiply (a busy day has twice of everything), so they are compared as logarithms;
// their deviation is taken to be at least that of events that come independently of each other. What has
// departed (`now`) is back when it is within the square root of `ratio`.
struct CountBounds {
  double ratio = 4;
  std::uint32_t least = 60;
};
Departure count_departs(std::uint32_t value, const Usual& usual, const CountBounds& bounds, Departure now);

// A share in thousandths; only more of it is a departure: `more` above the median, three times the median,
// five deviations, and half of `more` above anything seen at such an hour. What has departed is back when it
// is within half of `more` above the median.
Departure share_departs(std::uint32_t value, const Usual& usual, std::uint32_t more, Departure now);

// Two hours one after the other beyond the habit are a departure, and two within it end one: a single odd
// hour is no news. Hours that are not known change nothing.
class DepartureState {
 public:
  static constexpr int kHoursToTurn = 2;
  // True when what is the case has changed.
  bool add(Departure hour);
  Departure now() const { return now_; }

  // As stored.
  std::uint8_t packed() const;
  static DepartureState unpack(std::uint8_t packed);

 private:
  Departure now_ = Departure::kNone, next_ = Departure::kNone;
  int hours_ = 0;  // that spoke for `next_`
};

}  // namespace vedette::logs
