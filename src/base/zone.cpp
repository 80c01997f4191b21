#include "base/zone.h"

#include <fmt/format.h>

// As Debian builds the library (its CMake package says so): they decide what its functions are called. Here
// and not as flags of the target, because those would reach every file of the program.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

namespace vedette {
namespace {

using std::chrono::milliseconds;

const date::time_zone& library_zone(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  try {
    return Zone(date::locate_zone(name));
  } catch (const std::exception&) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no time zone \"{}\"; write it as IANA does, like Asia/Ho_Chi_Minh, and "
                            "see that the package tzdata is installed",
                            name.substr(0, 64)));
  }
}

std::string_view Zone::name() const { return library_zone(zone_).name(); }

LocalTime Zone::local(WallTime time) const {
  auto info = library_zone(zone_).get_info(date::sys_time<milliseconds>(time.time_since_epoch()));
  return LocalTime(time.time_since_epoch() + info.offset);
}

WallTime Zone::first_at(LocalTime local) const {
  auto info = library_zone(zone_).get_info(date::local_time<milliseconds>(local.time_since_epoch()));
  if (info.result == date::local_info::nonexistent)
    return WallTime(std::chrono::duration_cast<milliseconds>(info.first.end.time_since_epoch()));
  return WallTime(local.time_since_epoch() - info.first.offset);
}

std::string to_local_text(LocalTime local) {
  auto days = std::chrono::floor<std::chrono::days>(local);
  std::chrono::year_month_day date(days);
  auto minutes = std::chrono::duration_cast<std::chrono::minutes>(local - days).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), minutes / 60,
                     minutes % 60);
}

Result<LocalTime> parse_local_text(std::string_view text) {
  auto wrong = [&] {
    return fail(ErrorCode::kInvalid,
                fmt::format("\"{}\" is no local time; write it like 2026-02-17T07:00", text.substr(0, 64)));
  };
  if (text.size() != 16 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':')
    return wrong();
  int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  int hour = digits(text, 11, 2), minute = digits(text, 14, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return wrong();
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return wrong();
  return LocalTime(std::chrono::local_days(date)) + std::chrono::minutes(hour * 60 + minute);
}

}  // namespace vedette
