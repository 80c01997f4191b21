#include "desk/clocks/counting.h"

#include <gtest/gtest.h>

#include "desk/clocks/regime_set.h"
#include "model/content.h"

namespace vedette::desk {
namespace {

using enum PeriodUnit;

constexpr std::string_view kHanoi = "Asia/Ho_Chi_Minh", kBrussels = "Europe/Brussels";

// Where a period ends, to the second. Times are UTC; Hanoi is seven hours ahead.
struct GoldenRow {
  std::string_view zone, start;
  Period period;
  std::string_view end;
  std::string_view why;
};

const std::vector<GoldenRow>& golden() {
  static const std::vector<GoldenRow> rows{
      {kHanoi, "2026-11-29T03:04:05Z", {kAtOnce, 0}, "2026-11-29T03:04:05Z", "at once is the moment"},
      {kHanoi, "2026-11-29T03:04:05Z", {kHours, 3}, "2026-11-29T06:04:05Z", "urgent user data"},
      {kHanoi, "2026-11-29T03:04:05Z", {kHours, 6}, "2026-11-29T09:04:05Z", "urgent takedown"},
      {kHanoi, "2026-11-29T03:04:05Z", {kHours, 24}, "2026-11-30T03:04:05Z", "hours know no weekend"},
      {kHanoi, "2026-02-15T17:00:00Z", {kHours, 72}, "2026-02-18T17:00:00Z", "nor Tết"},
      {kHanoi, "2024-02-28T10:00:00Z", {kHours, 24}, "2024-02-29T10:00:00Z", "leap year"},
      {kHanoi, "2026-12-31T23:59:59Z", {kHours, 24}, "2027-01-01T23:59:59Z", "over the year's end"},
      {kBrussels,
       "2026-03-28T12:00:00Z",
       {kHours, 24},
       "2026-03-29T12:00:00Z",
       "24 hours pass, summer time or not"},
      {kBrussels, "2026-10-24T12:00:00Z", {kHours, 72}, "2026-10-27T12:00:00Z", "and back"},
      {kHanoi, "2026-11-29T03:04:05Z", {kDays, 5}, "2026-12-04T03:04:05Z", "five days from the moment"},
      {kBrussels,
       "2026-03-28T12:00:00Z",
       {kDays, 1},
       "2026-03-29T11:00:00Z",
       "the same wall time is an hour sooner"},
      {kBrussels,
       "2026-03-28T01:30:00Z",
       {kDays, 1},
       "2026-03-29T01:00:00Z",
       "02:30 is skipped: the moment of the skip"},
      {kHanoi, "2024-02-28T10:00:00Z", {kDays, 2}, "2024-03-01T10:00:00Z", "29 February counts"},
      {kHanoi,
       "2026-11-29T03:04:05Z",
       {kWholeDays, 5},
       "2026-12-04T16:59:59Z",
       "to the end of the fifth day after"},
      {kHanoi,
       "2026-11-29T16:59:59Z",
       {kWholeDays, 1},
       "2026-11-30T16:59:59Z",
       "the last second of a day in Hanoi"},
      {kHanoi,
       "2026-11-29T17:00:00Z",
       {kWholeDays, 1},
       "2026-12-01T16:59:59Z",
       "one second later it is the next day"},
      {kBrussels, "2026-03-27T12:00:00Z", {kWholeDays, 2}, "2026-03-29T21:59:59Z", "a day of 23 hours"},
      {kHanoi,
       "2026-11-30T03:00:00Z",
       {kWorkingDays, 5},
       "2026-12-07T16:59:59Z",
       "Monday: to the next Monday"},
      {kHanoi, "2026-11-27T03:00:00Z", {kWorkingDays, 1}, "2026-11-30T16:59:59Z", "Friday: Monday"},
      {kHanoi, "2026-11-28T03:00:00Z", {kWorkingDays, 1}, "2026-11-30T16:59:59Z", "Saturday: Monday"},
      {kHanoi, "2026-11-29T16:59:59Z", {kWorkingDays, 1}, "2026-11-30T16:59:59Z", "Sunday night: Monday"},
      {kHanoi, "2026-11-29T17:00:00Z", {kWorkingDays, 1}, "2026-12-01T16:59:59Z", "Monday 00:00: Tuesday"},
      {kHanoi,
       "2026-02-13T03:00:00Z",
       {kWorkingDays, 1},
       "2026-02-20T16:59:59Z",
       "Tết of 17 February 2026: Monday to Thursday are off, and the law names no fifth day"},
      {kHanoi,
       "2026-02-13T03:00:00Z",
       {kWorkingDays, 5},
       "2026-02-26T16:59:59Z",
       "20, 23, 24, 25, 26 February"},
      {kHanoi,
       "2026-02-17T05:00:00Z",
       {kWorkingDays, 5},
       "2026-02-26T16:59:59Z",
       "found on the first day of Tết"},
      {kHanoi,
       "2024-02-08T03:00:00Z",
       {kWorkingDays, 1},
       "2024-02-15T16:59:59Z",
       "Tết of Saturday 10 February 2024: 9 to 12, and two substitutes for the weekend"},
      {kHanoi,
       "2025-01-27T03:00:00Z",
       {kWorkingDays, 3},
       "2025-02-05T16:59:59Z",
       "Tết of Wednesday 29 January 2025: 28 to 31 are off"},
      {kHanoi,
       "2027-02-04T03:00:00Z",
       {kWorkingDays, 1},
       "2027-02-11T16:59:59Z",
       "Tết of Saturday 6 February 2027: 5 to 8, substitutes 9 and 10"},
      {kHanoi,
       "2030-01-31T03:00:00Z",
       {kWorkingDays, 1},
       "2030-02-07T16:59:59Z",
       "Tết of 2030 is 2 February in Vietnam; by the Chinese calendar it would be a day later"},
      {kHanoi,
       "2026-04-24T03:00:00Z",
       {kWorkingDays, 1},
       "2026-04-28T16:59:59Z",
       "Hùng Kings' day on Sunday 26 April 2026: Monday instead"},
      {kHanoi, "2026-04-29T03:00:00Z", {kWorkingDays, 1}, "2026-05-04T16:59:59Z", "30 April, 1 May, weekend"},
      {kHanoi,
       "2023-04-28T03:00:00Z",
       {kWorkingDays, 1},
       "2023-05-04T16:59:59Z",
       "Hùng Kings on Saturday 29 April, 30 April a Sunday, 1 May: two substitutes"},
      {kHanoi,
       "2026-09-01T03:00:00Z",
       {kWorkingDays, 1},
       "2026-09-03T16:59:59Z",
       "of the two days of September only the second is sure"},
      {kHanoi,
       "2026-12-31T03:00:00Z",
       {kWorkingDays, 1},
       "2027-01-04T16:59:59Z",
       "1 January, then a weekend"},
      {kBrussels,
       "2026-01-31T08:00:00Z",
       {kMonths, 1},
       "2026-02-28T08:00:00Z",
       "31 January: the last of February"},
      {kBrussels, "2024-01-31T08:00:00Z", {kMonths, 1}, "2024-02-29T08:00:00Z", "in a leap year"},
      {kBrussels,
       "2026-03-15T08:00:00Z",
       {kMonths, 1},
       "2026-04-15T07:00:00Z",
       "the wall time stays over summer time"},
      {kBrussels, "2026-12-31T08:00:00Z", {kMonths, 2}, "2027-02-28T08:00:00Z", "over the year's end"},
      {kBrussels,
       "2026-11-30T23:30:00Z",
       {kMonths, 1},
       "2026-12-31T23:30:00Z",
       "1 December in Brussels: 1 January"},
  };
  return rows;
}

TEST(Counting, TheGoldenTable) {
  const auto set = RegimeSet::built_in();
  ASSERT_GE(golden().size(), 30u);
  for (const auto& row : golden()) {
    auto end = end_of(row.period, *parse_rfc3339(row.start), *Zone::find(row.zone), set.holidays("vn"));
    EXPECT_EQ(to_rfc3339(end.at), to_rfc3339(*parse_rfc3339(row.end)))
        << row.start << " + " << row.period.amount << " " << to_string(row.period.unit) << ": " << row.why;
    EXPECT_EQ(end.assumed_years.empty(), row.period.unit != kWorkingDays) << "no year is announced";
  }
}

TEST(Counting, WhatIsAnnouncedReplacesWhatIsComputed) {
  std::string file(content::content_file("holidays/vn.toml"));
  const std::string list =
      "[[announced]]\nyear = 2026\nstatus = \"STATUS\"\nSAIDcitation = \"test\"\n"
      "off = [2026-01-01, 2026-01-02, 2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19, 2026-02-20]\n"
      "works = [2026-01-10]\n";
  const auto with = [&](std::string_view status, std::string_view said) {
    auto text = list;
    text.replace(text.find("STATUS"), 6, status).replace(text.find("SAID"), 4, said);
    return *parse_holidays(file + text, "vn.toml");
  };
  const auto hanoi = *Zone::find(kHanoi);
  const auto due = [&](const Holidays& holidays, std::string_view start, int days) {
    return end_of({kWorkingDays, days}, *parse_rfc3339(start), hanoi, &holidays);
  };
  const auto verified = with("verified", "verified_on = 2025-12-20\n"), unverified = with("unverified", "");
  auto tet = due(verified, "2026-02-13T03:00:00Z", 1);
  EXPECT_EQ(to_rfc3339(tet.at), "2026-02-23T16:59:59.000Z") << "the fifth day is announced";
  EXPECT_TRUE(tet.assumed_years.empty());
  EXPECT_EQ(to_rfc3339(due(verified, "2026-01-09T03:00:00Z", 1).at), "2026-01-10T16:59:59.000Z")
      << "a working Saturday";
  EXPECT_EQ(to_rfc3339(due(verified, "2026-04-24T03:00:00Z", 1).at), "2026-04-27T16:59:59.000Z")
      << "what the list leaves out is no day off";
  auto again = due(unverified, "2026-02-13T03:00:00Z", 1);
  EXPECT_EQ(again.at, tet.at);
  EXPECT_EQ(again.assumed_years, std::set<int>{2026}) << "a list that nobody has compared is assumed";
  EXPECT_EQ(due(verified, "2026-12-31T03:00:00Z", 2).assumed_years, std::set<int>{2027})
      << "the next year is not announced";
}

// Five days after the first that work, no fewer and no more, and the end is the last second of one of them.
TEST(Counting, WorkingDaysAgreeWithAWalkDayByDay) {
  const auto set = RegimeSet::built_in();
  const auto& holidays = *set.holidays("vn");
  const auto hanoi = *Zone::find(kHanoi);
  for (auto start = *parse_rfc3339("2025-12-01T02:00:00Z"); start < *parse_rfc3339("2031-01-01T00:00:00Z");
       start += std::chrono::hours(31)) {
    auto end = end_of({kWorkingDays, 5}, start, hanoi, &holidays);
    int counted = 0;
    auto first = std::chrono::floor<std::chrono::days>(hanoi.local(start));
    auto last = std::chrono::floor<std::chrono::days>(hanoi.local(end.at));
    for (auto day = first + std::chrono::days(1); day <= last; day += std::chrono::days(1))
      counted += holidays.works(day);
    ASSERT_EQ(counted, 5) << to_rfc3339(start);
    ASSERT_TRUE(holidays.works(last));
    ASSERT_EQ(std::chrono::floor<std::chrono::days>(hanoi.local(end.at + std::chrono::seconds(1))),
              last + std::chrono::days(1));
  }
}

}  // namespace
}  // namespace vedette::desk
