#include "logs/sigma/time_part.h"

#include <charconv>
#include <chrono>

namespace vedette::logs::sigma {
namespace {

namespace chr = std::chrono;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

// The week of the year whose Thursday falls into it.
int iso_week(chr::sys_days day) {
  const chr::weekday weekday(day);
  const auto thursday = day + chr::days(4 - static_cast<int>(weekday.iso_encoding()));
  const chr::sys_days first = chr::year_month_day(thursday).year() / chr::January / 1;
  return static_cast<int>((thursday - first).count() / 7 + 1);
}

std::optional<TimeParts> parts(chr::year_month_day date, int hour, int minute) {
  if (!date.ok() || hour > 23 || minute > 59) return std::nullopt;
  return TimeParts{.minute = minute,
                   .hour = hour,
                   .day = static_cast<int>(static_cast<unsigned>(date.day())),
                   .week = iso_week(chr::sys_days(date)),
                   .month = static_cast<int>(static_cast<unsigned>(date.month())),
                   .year = static_cast<int>(date.year())};
}

}  // namespace

std::optional<TimeParts> parse_time_parts(std::string_view text) {
  auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year && month && day && text[4] == '-' && text[7] == '-') {
    const chr::year_month_day date(chr::year(*year), chr::month(static_cast<unsigned>(*month)),
                                   chr::day(static_cast<unsigned>(*day)));
    if (text.size() == 10) return parts(date, 0, 0);
    auto hour = digits(text, 11, 2), minute = digits(text, 14, 2);
    if (!hour || !minute || text[13] != ':' || (text[10] != 'T' && text[10] != 't' && text[10] != ' '))
      return std::nullopt;
    return parts(date, *hour, *minute);
  }
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [at, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number < 0 || (at != end && *at != '.')) return std::nullopt;
  if (number >= 100'000'000'000) number /= 1000;  // milliseconds: seconds reach that in the year 5138
  if (number >= 100'000'000'000) return std::nullopt;
  const chr::sys_seconds time{chr::seconds(number)};
  const auto days = chr::floor<chr::days>(time);
  const auto within = chr::duration_cast<chr::minutes>(time - days).count();
  return parts(chr::year_month_day(days), static_cast<int>(within / 60), static_cast<int>(within % 60));
}

}  // namespace vedette::logs::sigma
