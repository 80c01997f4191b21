#include "logs/read/timestamp.h"

#include <array>

namespace vedette::logs {
namespace {

using std::chrono::milliseconds;

// Reads a text from its beginning; every step that does not fit makes it bad.
struct Scan {
  std::string_view text;
  std::size_t at = 0;
  bool good = true;

  char peek(std::size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool skip(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  void want(char c) { good = skip(c) && good; }
  int digits(int least, int most) {
    int value = 0, count = 0;
    while (count < most && is_digit(peek())) {
      value = value * 10 + (text[at++] - '0');
      ++count;
    }
    good = good && count >= least;
    return value;
  }
  int month_name() {
    constexpr std::array<std::string_view, 12> kNames = {"jan", "feb", "mar", "apr", "may", "jun",
                                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if ((peek(0) | 32) == kNames[i][0] && (peek(1) | 32) == kNames[i][1] &&
          (peek(2) | 32) == kNames[i][2]) {
        at += 3;
        return static_cast<int>(i) + 1;
      }
    }
    good = false;
    return 0;
  }
};

struct Parts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0;
};

void clock_time(Scan& scan, Parts& parts) {
  parts.hour = scan.digits(1, 2);
  scan.want(':');
  parts.minute = scan.digits(2, 2);
  scan.want(':');
  parts.second = scan.digits(2, 2);
  if ((scan.peek() == '.' || scan.peek() == ',') && Scan::is_digit(scan.peek(1))) {
    ++scan.at;
    int scale = 100;
    for (int i = 0; i < 9 && Scan::is_digit(scan.peek()); ++i, ++scan.at, scale /= 10) {
      parts.millis += (scan.peek() - '0') * scale;
    }
  }
}

// Names of zones that mean one thing everywhere they are written; CST, IST and BST do not.
struct ZoneName {
  std::string_view name;
  int minutes;
};
constexpr std::array<ZoneName, 19> kZoneNames = {{
    {"UTC", 0},    {"GMT", 0},    {"CEST", 120}, {"CET", 60},   {"EEST", 180}, {"EET", 120},  {"WEST", 60},
    {"WET", 0},    {"MSK", 180},  {"ICT", 420},  {"JST", 540},  {"EDT", -240}, {"EST", -300}, {"CDT", -300},
    {"MDT", -360}, {"MST", -420}, {"PDT", -420}, {"PST", -480}, {"AEST", 600},
}};
const ZoneName* zone_name(std::string_view text) {
  for (const ZoneName& zone : kZoneNames) {
    if (!text.starts_with(zone.name)) continue;
    const char behind = text.size() > zone.name.size() ? text[zone.name.size()] : ' ';
    if (!((behind | 32) >= 'a' && (behind | 32) <= 'z')) return &zone;
  }
  return nullptr;
}

// Minutes east of UTC behind the time; nothing: the text does not say.
std::optional<int> zone_behind(Scan& scan) {
  Scan zone = scan;
  if (zone.skip('Z')) {
    scan.at = zone.at;
    return 0;
  }
  zone.skip(' ');
  if (const ZoneName* name = zone_name(zone.text.substr(zone.at))) {
    scan.at = zone.at + name->name.size();
    return name->minutes;
  }
  const char sign = zone.peek();
  if (sign != '+' && sign != '-') return std::nullopt;
  ++zone.at;
  const int hours = zone.digits(2, 2);
  const bool colon = zone.skip(':');
  const bool more = zone.good && Scan::is_digit(zone.peek());
  const int minutes = more ? zone.digits(2, 2) : 0;
  if (!zone.good || (colon && !more) || hours > 14 || minutes > 59 || Scan::is_digit(zone.peek()))
    return std::nullopt;
  scan.at = zone.at;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<LogTime> finish(Scan& scan, const Parts& parts, bool has_year, bool may_have_zone = true) {
  const std::chrono::year_month_day date(std::chrono::year(has_year ? parts.year : 2000),
                                         std::chrono::month(static_cast<unsigned>(parts.month)),
                                         std::chrono::day(static_cast<unsigned>(parts.day)));
  if (!scan.good || !date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
    return std::nullopt;
  if (has_year && (parts.year < 1970 || parts.year > 9999)) return std::nullopt;
  LogTime time;
  time.time = std::chrono::sys_days(date) + std::chrono::hours(parts.hour) +
              std::chrono::minutes(parts.minute) + std::chrono::seconds(parts.second) +
              milliseconds(parts.millis);
  time.has_year = has_year;
  if (may_have_zone) {
    if (const auto minutes = zone_behind(scan)) {
      time.zoned = true;
      time.time -= std::chrono::minutes(*minutes);
    }
  }
  time.length = scan.at;
  return time;
}

// 2026-01-02T03:04:05, 2026/01/02 03:04:05, 2026.01.02 …
std::optional<LogTime> year_first(std::string_view text) {
  Scan scan{text};
  Parts parts;
  parts.year = scan.digits(4, 4);
  const char separator = scan.peek();
  if (!scan.good || (separator != '-' && separator != '/' && separator != '.')) return std::nullopt;
  scan.want(separator);
  parts.month = scan.digits(1, 2);
  scan.want(separator);
  parts.day = scan.digits(1, 2);
  if (!scan.skip('T') && !scan.skip('_')) {
    scan.want(' ');
    scan.skip(' ');
  }
  clock_time(scan, parts);
  return finish(scan, parts, true);
}

// "Jan  2 03:04:05", "Jan 2 2026 03:04:05", "Fri Jan  2 03:04:05.678 2026", "2026 Jan  2 03:04:05",
// "jan/02/2026 03:04:05" (RouterOS).
std::optional<LogTime> month_name_first(std::string_view text) {
  Scan scan{text};
  Parts parts;
  bool has_year = false;
  if (Scan::is_digit(scan.peek()) && Scan::is_digit(scan.peek(3)) && scan.peek(4) == ' ') {
    parts.year = scan.digits(4, 4);
    has_year = true;
    ++scan.at;
  }
  const auto letter = [&](std::size_t i) { return (scan.peek(i) | 32) >= 'a' && (scan.peek(i) | 32) <= 'z'; };
  if (letter(0) && letter(1) && letter(2) && (scan.peek(3) == ' ' || scan.peek(3) == ',')) {
    // The day of the week, or the month itself.
    Scan month = scan;
    month.month_name();
    if (!month.good || letter(4)) {
      scan.at += 4;
      while (scan.peek() == ' ') ++scan.at;
    }
  }
  parts.month = scan.month_name();
  const bool slash = scan.skip('/');
  if (!slash) {
    scan.want(' ');
    scan.skip(' ');
  }
  parts.day = scan.digits(1, 2);
  if (slash) {
    scan.want('/');
    parts.year = scan.digits(4, 4);
    has_year = true;
  }
  scan.want(' ');
  scan.skip(' ');
  if (Scan::is_digit(scan.peek(2)) && Scan::is_digit(scan.peek(3))) {  // "2026 03:04:05"
    parts.year = scan.digits(4, 4);
    has_year = true;
    scan.want(' ');
  }
  clock_time(scan, parts);
  if (has_year) return finish(scan, parts, true);
  Scan year = scan;
  if (year.skip(' ')) {
    parts.year = year.digits(4, 4);
    if (year.good && parts.year >= 1970 && parts.year < 2200 && !Scan::is_digit(year.peek())) {
      return finish(year, parts, true);
    }
  }
  return finish(scan, parts, false, scan.peek() == 'Z' || scan.peek() == '+');
}

// "Jan-02-26 03:04:05" (ASSP).
std::optional<LogTime> month_name_dashes(std::string_view text) {
  Scan scan{text};
  Parts parts;
  parts.month = scan.month_name();
  scan.want('-');
  parts.day = scan.digits(2, 2);
  scan.want('-');
  parts.year = 2000 + scan.digits(2, 2);
  scan.want(' ');
  clock_time(scan, parts);
  return finish(scan, parts, true, false);
}

// "CEST Jan  2 03:04:05" (Monit). Where the name is not known, the log's own zone is taken.
std::optional<LogTime> zone_name_first(std::string_view text) {
  std::size_t letters = 0;
  while (letters < 5 && letters < text.size() && text[letters] >= 'A' && text[letters] <= 'Z') ++letters;
  if (letters < 3 || letters > 4 || text[letters] != ' ') return std::nullopt;
  auto time = month_name_first(text.substr(letters + 1));
  if (!time) return std::nullopt;
  time->length += letters + 1;
  if (const ZoneName* zone = zone_name(text); zone != nullptr && !time->zoned) {
    time->zoned = true;
    time->time -= std::chrono::minutes(zone->minutes);
  }
  return time;
}

// "01-02 03:04:05.678" (FreeSWITCH): no year.
std::optional<LogTime> month_day(std::string_view text) {
  Scan scan{text};
  Parts parts;
  parts.month = scan.digits(2, 2);
  scan.want('-');
  parts.day = scan.digits(2, 2);
  scan.want(' ');
  clock_time(scan, parts);
  return finish(scan, parts, false, false);
}

// "02/Jan/2026:03:04:05 +0700", "02-Jan-2026 03:04:05.678", "02 Jan 2026 03:04:05", "Fri, 02 Jan 2026 …".
std::optional<LogTime> day_first(std::string_view text) {
  Scan scan{text};
  Parts parts;
  if (text.size() > 5 && text[3] == ',' && text[4] == ' ') scan.at = 5;
  parts.day = scan.digits(1, 2);
  const char separator = scan.peek();
  if (!scan.good || (separator != '/' && separator != '-' && separator != ' ')) return std::nullopt;
  ++scan.at;
  parts.month = scan.month_name();
  scan.want(separator);
  parts.year = scan.digits(4, 4);
  if (!scan.skip(':')) scan.want(' ');
  clock_time(scan, parts);
  return finish(scan, parts, true);
}

// "01/02/2026 03:04:05 PM"; the day first where the first number cannot be a month.
std::optional<LogTime> month_number_first(std::string_view text) {
  Scan scan{text};
  Parts parts;
  parts.month = scan.digits(1, 2);
  const char separator = scan.peek();
  if (!scan.good || (separator != '/' && separator != '-' && separator != '.')) return std::nullopt;
  ++scan.at;
  parts.day = scan.digits(1, 2);
  scan.want(separator);
  parts.year = scan.digits(4, 4);
  if (!scan.skip(':') && !scan.skip('T')) {
    scan.skip(',');
    scan.want(' ');
    if (scan.peek() == '-' && scan.peek(1) == ' ') scan.at += 2;
  }
  if (parts.month > 12 || separator != '/') std::swap(parts.month, parts.day);
  clock_time(scan, parts);
  const bool blank = scan.peek() == ' ';
  const char half = scan.peek(blank ? 1 : 0);
  if ((half == 'A' || half == 'P') && scan.peek(blank ? 2 : 1) == 'M' && parts.hour >= 1 &&
      parts.hour <= 12) {
    scan.at += blank ? 3 : 2;
    parts.hour = parts.hour % 12 + (half == 'P' ? 12 : 0);
  }
  return finish(scan, parts, true);
}

// "260102  3:04:05"
std::optional<LogTime> six_digits(std::string_view text) {
  Scan scan{text};
  Parts parts;
  parts.year = 2000 + scan.digits(2, 2);
  parts.month = scan.digits(2, 2);
  parts.day = scan.digits(2, 2);
  scan.want(' ');
  scan.skip(' ');
  clock_time(scan, parts);
  return finish(scan, parts, true, false);
}

std::optional<LogTime> unix_seconds(std::string_view text) {
  Scan scan{text};
  std::int64_t seconds = 0;
  std::size_t count = 0;
  for (; count < 10 && Scan::is_digit(scan.peek()); ++count) seconds = seconds * 10 + (text[scan.at++] - '0');
  if (count != 10 || Scan::is_digit(scan.peek()) || seconds < 300'000'000) return std::nullopt;
  int millis = 0, scale = 100;
  if (scan.peek() == '.' && Scan::is_digit(scan.peek(1))) {
    ++scan.at;
    for (int i = 0; i < 9 && Scan::is_digit(scan.peek()); ++i, ++scan.at, scale /= 10) {
      millis += (scan.peek() - '0') * scale;
    }
  }
  const char behind = scan.peek();
  if ((behind | 32) >= 'a' && (behind | 32) <= 'z') return std::nullopt;  // an identifier
  return LogTime{WallTime(milliseconds(seconds * 1000 + millis)), true, true, scan.at};
}

std::optional<LogTime> tai64n(std::string_view text) {
  constexpr std::size_t kLength = 1 + 16 + 8;
  constexpr std::int64_t kBase = 0x4000000000000000,
                         kTaiMinusUtc = 10;  // as daemontools count: no leap seconds
  if (text.size() < kLength) return std::nullopt;
  std::uint64_t parts[2] = {0, 0};
  for (std::size_t i = 1; i < kLength; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'                 ? c - '0'
                      : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                           : -1;
    if (digit < 0) return std::nullopt;
    parts[i > 16] = parts[i > 16] * 16 + static_cast<std::uint64_t>(digit);
  }
  // Before the subtraction: a hostile label may be any 64 bits.
  constexpr std::uint64_t kLeast = static_cast<std::uint64_t>(kBase) + kTaiMinusUtc;
  if (parts[0] < kLeast || parts[0] - kLeast > 253'402'300'799 || parts[1] > 999'999'999) return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(parts[0] - kLeast);
  return LogTime{WallTime(milliseconds(seconds * 1000 + static_cast<std::int64_t>(parts[1] / 1'000'000))),
                 true, true, kLength};
}

}  // namespace

std::optional<LogTime> parse_log_time(std::string_view text) {
  text = text.substr(0, 64);
  if (text.size() < 10) return std::nullopt;
  if (text[0] == '@') return tai64n(text);
  if (!Scan::is_digit(text[0])) {
    for (const auto form : {zone_name_first, month_name_first, month_name_dashes, day_first}) {
      if (auto time = form(text)) return time;
    }
    return std::nullopt;
  }
  for (const auto form :
       {year_first, day_first, month_number_first, month_name_first, six_digits, month_day, unix_seconds}) {
    if (auto time = form(text)) return time;
  }
  return std::nullopt;
}

WallTime resolve(const LogTime& time, WallTime now, const Zone& zone) {
  using namespace std::chrono;
  if (time.has_year) return time.zoned ? time.time : zone.to_utc(time.time);
  const WallTime here = time.zoned ? now : zone.to_local(now);
  const year_month_day today(floor<days>(here));
  const auto date = floor<days>(time.time);
  const year_month_day parsed(date);
  // 29 February needs a leap year: the last one within eight.
  for (int back = 0; back <= 8; ++back) {
    const year_month_day candidate(today.year() + years(1) - years(back), parsed.month(), parsed.day());
    if (!candidate.ok()) continue;
    const WallTime local = sys_days(candidate) + (time.time - date);
    if (local <= here + days(1)) return time.zoned ? local : zone.to_utc(local);
  }
  return now;
}

}  // namespace vedette::logs
