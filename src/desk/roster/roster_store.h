// Rosters and what stands over them as rows. Everything here runs inside the caller's transaction or
// snapshot. What is removed stays as a row: the audit log and old shifts refer to it.
#pragma once

#include "desk/roster/shifts.h"
#include "store/database.h"

namespace vedette::desk {

Result<std::vector<Roster>> load_rosters(store::Session& session);
Result<Roster> load_roster(store::Session& session, const std::string& id);  // kNotFound
// Checks and stores; an empty id makes a new one. kConflict: it was changed since `revision`.
Result<Roster> store_roster(store::Session& session, const Clock& clock, Roster roster);
Result<void> remove_roster_row(store::Session& session, const std::string& id);
const Tier* tier_of(const Roster& roster, std::string_view id);  // null: there is none

// What stands over the layers of this roster and touches [from, to).
Result<RosterFacts> load_facts(store::Session& session, const std::string& roster_id, WallTime from,
                               WallTime to);

Result<RosterOverride> store_override(store::Session& session, const Clock& clock, RosterOverride one);
Result<RosterOverride> remove_override_row(store::Session& session, const std::string& id);  // kNotFound

Result<RosterSwap> store_swap(store::Session& session, const Clock& clock, RosterSwap one);
Result<RosterSwap> load_swap(store::Session& session, const std::string& id);  // kNotFound
// kConflict: it was answered already.
Result<RosterSwap> answer_swap_row(store::Session& session, const std::string& id, SwapState answer,
                                   const std::string& by, WallTime at);
Result<std::vector<RosterSwap>> load_swaps(store::Session& session, const std::string& roster_id,
                                           WallTime ends_after);

Result<Leave> store_leave(store::Session& session, const Clock& clock, Leave one);
Result<Leave> remove_leave_row(store::Session& session, const std::string& id);  // kNotFound
Result<std::vector<Leave>> load_leaves(store::Session& session, WallTime from, WallTime to);

}  // namespace vedette::desk
