#include "desk/clocks/counting.h"

#include <array>

#include "base/assert.h"

namespace vedette::desk {
namespace {

using std::chrono::days;
using std::chrono::local_days;

constexpr std::array<std::string_view, 6> kUnitWords{"at_once",    "hours",        "days",
                                                     "whole_days", "working_days", "months"};

WallTime last_second_of(local_days day, const Zone& zone) {
  return zone.first_at(LocalTime(day + days(1))) - std::chrono::seconds(1);
}

LocalTime months_later(LocalTime local, int months) {
  auto day = std::chrono::floor<days>(local);
  auto date = std::chrono::year_month_day(day) + std::chrono::months(months);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return LocalTime(local_days(date)) + (local - day);
}

PeriodEnd end_of_working_days(int amount, local_days start, const Zone& zone, const Holidays& holidays) {
  PeriodEnd out;
  auto day = start;
  for (int left = amount; left > 0;) {
    day += days(1);
    auto year = static_cast<int>(std::chrono::year_month_day(day).year());
    if (holidays.assumed(year)) out.assumed_years.insert(year);
    if (holidays.works(day)) --left;
    // The loaders leave at least four weekdays and 60 days off a year: this is many times what they allow.
    VEDETTE_ASSERT(day - start < days(5000));
  }
  out.at = last_second_of(day, zone);
  return out;
}

}  // namespace

std::string_view to_string(PeriodUnit unit) { return kUnitWords[static_cast<std::size_t>(unit)]; }

int amount_max(PeriodUnit unit) {
  switch (unit) {
    case PeriodUnit::kAtOnce:
      return 0;
    case PeriodUnit::kHours:
      return 10'000;
    case PeriodUnit::kDays:
    case PeriodUnit::kWholeDays:
      return 3'660;
    case PeriodUnit::kWorkingDays:
      return 260;
    case PeriodUnit::kMonths:
      return 120;
  }
  return 0;
}

PeriodEnd end_of(const Period& period, WallTime start, const Zone& zone, const Holidays* holidays) {
  VEDETTE_ASSERT(period.amount >= 0 && period.amount <= amount_max(period.unit));
  const auto local = zone.local(start);
  const auto day = std::chrono::floor<days>(local);
  switch (period.unit) {
    case PeriodUnit::kAtOnce:
      return {.at = start};
    case PeriodUnit::kHours:
      return {start + std::chrono::hours(period.amount), {}};
    case PeriodUnit::kDays:
      return {zone.first_at(local + days(period.amount)), {}};
    case PeriodUnit::kWholeDays:
      return {last_second_of(day + days(period.amount), zone), {}};
    case PeriodUnit::kWorkingDays:
      VEDETTE_ASSERT(holidays != nullptr);
      return end_of_working_days(period.amount, day, zone, *holidays);
    case PeriodUnit::kMonths:
      return {zone.first_at(months_later(local, period.amount)), {}};
  }
  return {start, {}};
}

}  // namespace vedette::desk
