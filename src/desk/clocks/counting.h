// Counting a period of law from a moment: where it ends, to the second.
//
// hours          from the moment itself, n × 3600 s that pass; summer time does not change them
// days           n × 24 hours on the wall clock from the moment: the same local time n days later
// whole_days     the day of the moment does not count; ends with the last second of the n-th day after it
// working_days   the same, counting only days on which offices work (holidays.h)
// months         the same local date and time n months later; where the month is too short, on its last day
// at_once        the moment itself
//
// "Ends with the last second" is 23:59:59 in the zone. No period is prolonged because it ends on a day off:
// where a law does that, this clock is early, not late. whole_days is how Vietnam's Civil Code counts days
// (91/2015/QH13, Art. 147(2)–(3): the day of the event is not counted; Art. 148(1): ends at the end of the
// last day), months without prolongation is earlier than Regulation (EEC, Euratom) 1182/71, Art. 3. That the
// Code's rules hold for reports to an authority is for a lawyer to say; therefore our files count such
// reports in `days`, the earlier reading.
//
// Pure; the local times are those of base/zone.h.
#pragma once

#include <set>

#include "base/zone.h"
#include "desk/clocks/holidays.h"

namespace vedette::desk {

enum class PeriodUnit { kAtOnce, kHours, kDays, kWholeDays, kWorkingDays, kMonths };
// "at_once", "hours", "days", "whole_days", "working_days", "months"
std::string_view to_string(PeriodUnit unit);

struct Period {
  PeriodUnit unit = PeriodUnit::kAtOnce;
  int amount = 0;  // at most amount_max(unit)
  bool operator==(const Period&) const = default;
};
int amount_max(PeriodUnit unit);

struct PeriodEnd {
  WallTime at{};
  std::set<int> assumed_years = {};  // whose days off count and are not announced
};
// `holidays` is needed for working days only.
PeriodEnd end_of(const Period& period, WallTime start, const Zone& zone, const Holidays* holidays);

}  // namespace vedette::desk
