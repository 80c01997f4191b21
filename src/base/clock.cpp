#include "base/clock.h"

#include <fmt/format.h>

#include <cstdio>

namespace vedette {

using std::chrono::milliseconds;

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady() const { return std::chrono::steady_clock::now(); }

ManualClock::ManualClock(WallTime start) : wall_(start), steady_(std::chrono::hours(1)) {}

WallTime ManualClock::wall() const {
  std::lock_guard lock(mutex_);
  return wall_;
}
SteadyTime ManualClock::steady() const {
  std::lock_guard lock(mutex_);
  return steady_;
}
void ManualClock::advance(milliseconds by) {
  std::lock_guard lock(mutex_);
  wall_ += by;
  steady_ += by;
}
void ManualClock::jump_wall(milliseconds by) {
  std::lock_guard lock(mutex_);
  wall_ += by;
}

std::string to_rfc3339(WallTime time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  auto rest = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3'600'000,
                     rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  std::string copy(text.substr(0, 64));
  bool head = std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour,
                          &minute, &second, &used) == 6 &&
              used > 0;
  auto bad = [&] {
    return fail(ErrorCode::kInvalid,
                fmt::format("\"{}\" is not an RFC 3339 time; write it like 2026-01-31T08:00:00Z", copy));
  };
  if (!head) return bad();
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(used));
  std::int64_t ms = 0;
  if (!rest.empty() && rest[0] == '.') {
    rest.remove_prefix(1);
    std::int64_t scale = 100;
    bool any = false;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      ms += scale * (rest[0] - '0');
      scale /= 10;
      any = true;
      rest.remove_prefix(1);
    }
    if (!any) return bad();
  }
  int offset_minutes = 0;
  if (rest == "Z" || rest == "z") {
    offset_minutes = 0;
  } else if (int oh = 0, om = 0, n = 0;
             rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') &&
             std::sscanf(copy.c_str() + (copy.size() - 5), "%2d:%2d%n", &oh, &om, &n) == 2 && n == 5 &&
             oh < 24 && om < 60) {
    offset_minutes = (rest[0] == '-' ? -1 : 1) * (oh * 60 + om);
  } else {
    return bad();
  }
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return bad();
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute - offset_minutes) + std::chrono::seconds(second) + milliseconds(ms);
}

}  // namespace vedette
