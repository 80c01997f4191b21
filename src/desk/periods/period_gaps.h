// When a tier of a watch period has fewer people than it should. Pure; no I/O but the zones' data.
#pragma once

#include "desk/periods/period.h"
#include "desk/roster/shifts.h"

namespace vedette::desk {

// A time with too few people. Who is on leave, or can be called by no channel, does not count.
struct PeriodGap {
  std::string roster_id = {}, tier = {};
  WallTime from{}, to{};
  int people = 0;                             // how many there should be
  std::vector<std::string> there = {};        // ids
  std::vector<std::string> not_counted = {};  // ids of who is on duty and does not count
  bool operator==(const PeriodGap&) const = default;
};

// `tier` as the roster has it, `one` as the period asks. `reachable`: ids of people a channel can call.
// from < to, at most RosterLimits::kComputed apart.
std::vector<PeriodGap> gaps_of_period_tier(const Tier& tier, const RosterFacts& facts, const PeriodTier& one,
                                           const std::set<std::string>& reachable, WallTime from,
                                           WallTime to);

}  // namespace vedette::desk
