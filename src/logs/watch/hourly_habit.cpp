#include "logs/watch/hourly_habit.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vedette::logs {
namespace {

constexpr double kDeviations = 5, kBeyondSeen = 1.5;
constexpr std::uint32_t kHoursMin = 6;
constexpr int kWeeksMin = 2;

template <class Number>
Number median_of(std::vector<Number>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  const auto below = *std::ranges::max_element(values.begin(), middle);
  return below + (*middle - below) / 2;
}

// 1.4826: of values that are distributed normally it is the standard deviation.
double deviation_of(std::vector<double> values) {
  const auto middle = median_of(values);
  for (auto& value : values) value = std::abs(value - middle);
  return 1.4826 * median_of(values);
}

double log_of(std::uint32_t count) { return std::log1p(static_cast<double>(count)); }

}  // namespace

void HourlySeries::set(std::int64_t hour, std::uint32_t value) {
  if (hour <= newest_ - kHours) return;
  // After a long time nothing is left.
  if (hour - newest_ >= kHours) {
    values_.fill(kUnknown);
    newest_ = hour;
  }
  while (newest_ < hour) values_[place(++newest_)] = kUnknown;
  values_[place(hour)] = value;
}

std::uint32_t HourlySeries::at(std::int64_t hour) const {
  return hour > newest_ || hour <= newest_ - kHours ? kUnknown : values_[place(hour)];
}

std::size_t HourlySeries::known() const {
  return static_cast<std::size_t>(std::ranges::count_if(values_, [](auto one) { return one != kUnknown; }));
}

std::optional<Usual> usual_at(const HourlySeries& series, std::int64_t hour) {
  std::vector<std::uint32_t> values;
  int weeks = 0;
  for (std::int64_t week = 1; week <= HourlySeries::kWeeks; ++week) {
    const auto before = values.size();
    for (std::int64_t beside = -1; beside <= 1; ++beside)
      if (const auto value = series.at(hour - week * HourlySeries::kWeek + beside);
          value != HourlySeries::kUnknown)
        values.push_back(value);
    weeks += values.size() > before ? 1 : 0;
  }
  if (values.size() < kHoursMin || weeks < kWeeksMin) return std::nullopt;
  Usual out{.hours = static_cast<std::uint32_t>(values.size())};
  const auto [lowest, highest] = std::ranges::minmax(values);
  out.lowest = lowest;
  out.highest = highest;
  out.deviation = deviation_of({values.begin(), values.end()});
  std::vector<double> logs;
  for (const auto value : values) logs.push_back(log_of(value));
  out.log_deviation = deviation_of(std::move(logs));
  out.median = median_of(values);
  return out;
}

Departure count_departs(std::uint32_t value, const Usual& usual, const CountBounds& bounds, Departure now) {
  const double count = value, median = usual.median;
  const auto back = std::sqrt(bounds.ratio);
  if (now == Departure::kAbove && count >= back * median) return now;
  if (now == Departure::kBelow && count * back <= median) return now;
  // Of n independent events the number's logarithm has a deviation of 1/sqrt(n).
  const auto deviation = std::max(usual.log_deviation, 1 / std::sqrt(median + 1));
  const auto away = log_of(value) - log_of(usual.median);
  if (std::abs(away) < kDeviations * deviation || std::abs(count - median) < bounds.least)
    return Departure::kNone;
  if (count >= bounds.ratio * median && count > kBeyondSeen * usual.highest) return Departure::kAbove;
  if (count * bounds.ratio <= median && count * kBeyondSeen < usual.lowest) return Departure::kBelow;
  return Departure::kNone;
}

Departure share_departs(std::uint32_t value, const Usual& usual, std::uint32_t more, Departure now) {
  if (now == Departure::kAbove && value >= usual.median + more / 2) return now;
  const bool above = value >= usual.median + more && value >= 3 * usual.median &&
                     value >= usual.highest + more / 2 &&
                     value >= usual.median + kDeviations * usual.deviation;
  return above ? Departure::kAbove : Departure::kNone;
}

bool DepartureState::add(Departure hour) {
  if (hour == now_) {
    hours_ = 0;
    return false;
  }
  hours_ = hour == next_ ? hours_ + 1 : 1;
  next_ = hour;
  if (hours_ < kHoursToTurn) return false;
  now_ = next_;
  hours_ = 0;
  return true;
}

std::uint8_t DepartureState::packed() const {
  return static_cast<std::uint8_t>(static_cast<unsigned>(now_) | static_cast<unsigned>(next_) << 2 |
                                   static_cast<unsigned>(hours_) << 4);
}

DepartureState DepartureState::unpack(std::uint8_t packed) {
  DepartureState out;
  const auto departure = [](unsigned bits) {
    return bits <= static_cast<unsigned>(Departure::kAbove) ? static_cast<Departure>(bits) : Departure::kNone;
  };
  out.now_ = departure(packed & 3U);
  out.next_ = departure(packed >> 2 & 3U);
  out.hours_ = packed >> 4 & 1U;
  return out;
}

}  // namespace vedette::logs
