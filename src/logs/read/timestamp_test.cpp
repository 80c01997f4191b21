#include "logs/read/timestamp.h"

#include <gtest/gtest.h>

namespace vedette::logs {
namespace {

std::string utc(std::string_view text, std::string_view rest = "") {
  const WallTime now = parse_rfc3339("2026-03-01T10:00:00Z").value();
  const std::string whole = std::string(text) + std::string(rest);
  const auto time = parse_log_time(whole);
  if (!time) return "none";
  if (time->length != text.size()) return "length " + std::to_string(time->length);
  return to_rfc3339(resolve(*time, now, Zone::named("+07:00").value()));
}

TEST(LogTime, FormsOfRealLogs) {
  const struct {
    const char *text, *rest, *want;
  } cases[] = {
      {"2026-01-02T03:04:05.678+07:00", " host", "2026-01-01T20:04:05.678Z"},
      {"2026-01-02T03:04:05Z", " host", "2026-01-02T03:04:05.000Z"},
      {"2026-01-02T03:04:05.123456-0330", "", "2026-01-02T06:34:05.123Z"},
      {"2026-01-02 03:04:05,678", " INFO", "2026-01-01T20:04:05.678Z"},
      {"2026-01-02 03:04:05.678 UTC", " [12] LOG", "2026-01-02T03:04:05.678Z"},
      {"2026/01/02 03:04:05", " [error]", "2026-01-01T20:04:05.000Z"},
      {"Jan  2 03:04:05", " host sshd", "2026-01-01T20:04:05.000Z"},
      {"Jan 2 03:04:05.678", " host", "2026-01-01T20:04:05.678Z"},
      {"Jan 02 2025 03:04:05", ": %ASA", "2025-01-01T20:04:05.000Z"},
      {"2025 Jan  2 03:04:05", " host", "2025-01-01T20:04:05.000Z"},
      {"Fri Jan 02 03:04:05.678901 2026", "] [core", "2026-01-01T20:04:05.678Z"},
      {"Fri Jan  2 03:04:05 2026", " - [1]", "2026-01-01T20:04:05.000Z"},
      {"02/Jan/2026:03:04:05 +0700", "] \"GET", "2026-01-01T20:04:05.000Z"},
      {"02-Jan-2026 03:04:05.678", " client", "2026-01-01T20:04:05.678Z"},
      {"02 Jan 2026 03:04:05", " x", "2026-01-01T20:04:05.000Z"},
      {"01/02/2026 03:04:05 PM", " SMTP", "2026-01-02T08:04:05.000Z"},
      {"13/02/2026 03:04:05", "", "2026-02-12T20:04:05.000Z"},
      {"02-01-2026 03:04:05", " PROXY", "2026-01-01T20:04:05.000Z"},
      {"01/02/2026 - 03:04:05", ": Bad", "2026-01-01T20:04:05.000Z"},
      {"260102  3:04:05", " [Warning]", "2026-01-01T20:04:05.000Z"},
      {"1767323045.678", " ", "2026-01-02T03:04:05.678Z"},
      {"1767323045", " - x", "2026-01-02T03:04:05.000Z"},
      {"@400000006957363f00000000", " tcp", "2026-01-02T03:06:29.000Z"},
      {"Jan-02-26 03:04:05", " [x", "2026-01-01T20:04:05.000Z"},
      {"01-02 03:04:05.678", " [WARN", "2026-01-01T20:04:05.678Z"},
      {"PDT Jan  2 03:04:05", "] error", "2026-01-02T10:04:05.000Z"},
      {"XYZ Jan  2 03:04:05", "] error", "2026-01-01T20:04:05.000Z"},
      {"2026-01-02 03:04:05.678 ICT", " [12] LOG", "2026-01-01T20:04:05.678Z"},
      {"mar/10/2025 12:13:14", " system", "2025-03-10T05:13:14.000Z"},
  };
  for (const auto& c : cases) EXPECT_EQ(utc(c.text, c.rest), c.want) << c.text;
}

TEST(LogTime, TheYearThatIsNotTold) {
  EXPECT_EQ(utc("Mar  1 16:59:59"), "2026-03-01T09:59:59.000Z");
  EXPECT_EQ(utc("Mar  2 16:59:59"), "2026-03-02T09:59:59.000Z");  // within a day ahead: a clock goes wrong
  EXPECT_EQ(utc("Mar  2 17:00:01"), "2025-03-02T10:00:01.000Z");
  EXPECT_EQ(utc("Dec 31 23:59:59"), "2025-12-31T16:59:59.000Z");
  EXPECT_EQ(utc("Feb 29 12:00:00"), "2024-02-29T05:00:00.000Z");
}

TEST(LogTime, WhatIsNone) {
  for (const char* text :
       {"", "hello world, no time", "2026-13-02 03:04:05", "2026-02-30 03:04:05", "Jan 32 03:04:05",
        "Jan  2 24:04:05", "1767323045abcdef", "12345678901", "@40000000zz57363f00000000",
        "@800000006957363f00000000", "@ffffffffffffffff00000000", "@400000000000000900000000", "2026-01-02",
        "99999999999999999999"}) {
    EXPECT_FALSE(parse_log_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace vedette::logs
