// Times as logs write them, at the beginning of a text. Pure; linear in at most 64 bytes; any thread.
//
//   2026-01-02T03:04:05.678+07:00   ISO 8601 / RFC 3339, also with a blank, a comma, "Z", "UTC", "+0700"
//   2026/01/02 03:04:05             nginx error log, HAProxy, Go
//   Jan  2 03:04:05[.678]           RFC 3164: no year, no zone; also "Jan 2 2026 03:04:05", "2026 Jan  2 …"
//   Fri Jan 02 03:04:05.678 2026    C's asctime(), Apache error log
//   02/Jan/2026:03:04:05 +0700      Common Log Format; also "02-Jan-2026 03:04:05.678", "02 Jan 2026
//   03:04:05" 01/02/2026 03:04:05 [PM]        month first, as American programs write it; with - or . the day
//   Jan-02-26 03:04:05, 01-02 03:04:05.678, CEST Jan  2 03:04:05   ASSP, FreeSWITCH, Monit 260102  3:04:05
//   MySQL before 5.7 1767323045[.678]                seconds since 1970
//   @4000000069573ca51d5e2b3c       TAI64N (qmail, multilog)
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "logs/read/zone.h"

namespace vedette::logs {

struct LogTime {
  WallTime time;           // UTC where `zoned`, else local, as if it were UTC
  bool zoned = false;      // the text says its zone
  bool has_year = true;    // else `time` is in the leap year 2000
  std::size_t length = 0;  // of the text
};

std::optional<LogTime> parse_log_time(std::string_view text);

// A time without a year is in the year that puts it last before a day from now: logs are about the past,
// clocks of hosts go a little wrong.
WallTime resolve(const LogTime& time, WallTime now, const Zone& zone);

}  // namespace vedette::logs
