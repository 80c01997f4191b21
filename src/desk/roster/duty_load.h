// DutyLoad: what duty cost each person in a time, for a fair roster: hours on duty, pages, and pages at
// night.
//
// Hours come from the rosters, watch periods, leave and overrides as they stand now; several tiers at once
// count once. A page is one step of one alert that called the person and was accepted by a channel, however
// many contacts it took; what travelled in the message of another is not one.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/zone.h"
#include "store/database.h"

namespace vedette::desk {

struct DutyLoad {
  std::string person = {}, name = {};
  std::chrono::milliseconds duty{0};
  std::int64_t pages = 0, night_pages = 0;
  std::int64_t nights = 0;  // in which at least one page came
};
inline constexpr int kNightFromHour = 22, kNightToHour = 6;  // local

// From < to, at most RosterLimits::kComputed apart. Those with most duty first; people without any are left
// out. Thread-safe; blocks.
Result<std::vector<DutyLoad>> duty_load(store::Database& database, WallTime from, WallTime to,
                                        const Zone& zone);

}  // namespace vedette::desk
