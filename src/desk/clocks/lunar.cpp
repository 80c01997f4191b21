#include "desk/clocks/lunar.h"

#include <cmath>

#include "desk/clocks/astronomy.h"

namespace vedette::desk {
namespace {

using std::chrono::days;
using std::chrono::local_days;

constexpr double kOffsetDays = 7.0 / 24;        // UTC+7
constexpr double kJulianDayOf1970 = 2440587.5;  // 1970-01-01T00:00Z
constexpr double kMonthDays = 29.530588861;
constexpr double kFirstLunation = 2451550.09766;  // Julian Day of lunation 0

local_days day_of(double jde) {
  return local_days(days(static_cast<int>(std::floor(to_utc(jde) + kOffsetDays - kJulianDayOf1970))));
}
double midnight_of(local_days day) {
  return static_cast<double>(day.time_since_epoch().count()) + kJulianDayOf1970 - kOffsetDays;
}

local_days month_start(int lunation) { return day_of(new_moon(lunation)); }

// Which twelfth of the ecliptic the Sun is in as the day begins: 9 from the winter solstice on.
int sun_sector(local_days day) { return static_cast<int>(sun_longitude(midnight_of(day)) / 30); }

// The lunation whose month holds the winter solstice of this year: it begins the eleventh month.
int eleventh_month(int year) {
  const local_days last{std::chrono::year(year) / 12 / 31};
  int lunation = static_cast<int>((midnight_of(last) - kFirstLunation) / kMonthDays) + 1;
  while (month_start(lunation) > last) --lunation;
  // Begun after the solstice: it is the twelfth.
  return sun_sector(month_start(lunation)) >= 9 ? lunation - 1 : lunation;
}

}  // namespace

std::optional<local_days> lunar_day(int lunar_year, int month, int day) {
  if (lunar_year < kFirstLunarYear || lunar_year > kLastLunarYear || month < 1 || month > 12 || day < 1)
    return std::nullopt;
  // Months 11 and 12 come in the span from this year's solstice, the others in the one before it.
  const int from_year = month >= 11 ? lunar_year : lunar_year - 1;
  const int first = eleventh_month(from_year);
  const int next = eleventh_month(from_year + 1);
  int lunation = first + (month >= 11 ? month - 11 : month + 1);
  if (next - first == 13) {
    int leap = first + 1;
    while (leap < next && sun_sector(month_start(leap)) != sun_sector(month_start(leap + 1))) ++leap;
    if (lunation >= leap) ++lunation;
  }
  const auto start = month_start(lunation);
  if (start + days(day - 1) >= month_start(lunation + 1)) return std::nullopt;
  return start + days(day - 1);
}

}  // namespace vedette::desk
