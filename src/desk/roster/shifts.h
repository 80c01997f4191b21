// Shifts: what a roster comes to as absolute intervals. Pure; no I/O but the zones' data.
//
// The shifts of a tier cover the time asked for without a hole and without overlap; where nobody is on duty
// stands a shift without a person. At every moment, in this order:
//   1. each layer's member of this turn; who is on leave is skipped, the next in the order stands in;
//   2. the last layer that has somebody;
//   3. the newest override that covers the moment, leave or not: somebody has said so;
//   4. accepted swaps, in the order of their acceptance.
// At most RosterLimits::kComputed at once; asserts it.
#pragma once

#include <span>

#include "desk/roster/roster.h"

namespace vedette::desk {

struct Shift {
  WallTime from{}, to{};       // clipped to the time asked for
  std::string person = {};     // empty: nobody
  std::string layer = {};      // its name, when it comes from one
  std::string stands_in = {};  // for this person, who is on leave
  std::string override_id = {};
  std::string swapped_from = {};  // the person whose duty it was
  bool on_leave = false;  // on duty although on leave: by an override, a swap, or leave recorded since
  bool operator==(const Shift&) const = default;
  bool same_duty(const Shift& other) const;  // equal but for its times
};

// What stands over the layers. Overrides: oldest first. Swaps: accepted ones, in that order.
struct RosterFacts {
  std::vector<RosterOverride> overrides = {};
  std::vector<RosterSwap> swaps = {};
  std::vector<Leave> leaves = {};
};

// Of one tier, from < to. A zone that is gone from the machine counts as a layer without anybody.
std::vector<Shift> shifts_of(const Tier& tier, const RosterFacts& facts, WallTime from, WallTime to);
Shift on_duty(const Tier& tier, const RosterFacts& facts, WallTime at);

// A time in which a tier has nobody, or only somebody who is on leave.
struct CoverageGap {
  std::string tier = {};
  WallTime from{}, to{};
  std::string on_leave = {};  // the person
};
std::vector<CoverageGap> gaps_of(const Roster& roster, const RosterFacts& facts, WallTime from, WallTime to);

}  // namespace vedette::desk
