// The Vietnamese lunar calendar (âm lịch): a day of a lunar month as a date of the common calendar.
//
// The rules, as Hồ Ngọc Đức wrote them down ("Computing the Vietnamese lunar calendar"): days begin at
// midnight in UTC+7; the day of a new moon is the first of its month; the month with the winter solstice is
// the eleventh; when thirteen months begin from one eleventh month to the next, the first without a principal
// solar term is a leap month and has the number of the one before it. The same rules in UTC+8 are the Chinese
// calendar, so that Tết is at times on another day: 1985, 2007, 2030, 2053.
//
// Not ICU's Chinese calendar: its time zone cannot be chosen from outside, and it is a day off in 2027.
//
// Limit: lunar years 1968 (when UTC+7 became the law of the calendar in Vietnam) to 2100. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace vedette::desk {

inline constexpr int kFirstLunarYear = 1968, kLastLunarYear = 2100;

// A lunar year begins in the common year of its number. Empty: beyond the limit, or the month has no such
// day. `month` is never the leap one: no public holiday is in one.
std::optional<std::chrono::local_days> lunar_day(int lunar_year, int month, int day);

}  // namespace vedette::desk
