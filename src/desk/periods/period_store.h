// Watch periods as rows, and what they come to at a moment. Everything here runs inside the caller's
// transaction or snapshot. What is removed stays as a row: the audit log refers to it.
#pragma once

#include "desk/periods/period.h"
#include "desk/roster/person.h"
#include "store/database.h"

namespace vedette::desk {

// By begin; at most 500, without those that are over before `ends_after`.
Result<std::vector<WatchPeriod>> load_periods(store::Session& session, WallTime ends_after);
Result<std::vector<WatchPeriod>> load_running_periods(store::Session& session, WallTime at);
Result<WatchPeriod> load_period(store::Session& session, const std::string& id);  // kNotFound
// Checks and stores; an empty id makes a new one. kConflict: it was changed since `revision`, or is over.
Result<WatchPeriod> store_period(store::Session& session, const Clock& clock, WatchPeriod period);
Result<WatchPeriod> end_period_row(store::Session& session, const std::string& id, WallTime at,
                                   const std::string& by);  // kConflict: it does not run
Result<void> remove_period_row(store::Session& session, const std::string& id);
// Checked as store_period() does, with its moments set; nothing is stored.
Result<WatchPeriod> settled_period(store::Session& session, WatchPeriod period);

// What alerts raised at a moment climb by. Of several that run the shortest timers hold, and the policy of
// the one that began last.
struct Heightened {
  std::string name = {};  // of the periods, as one text; empty: none runs
  int timer_percent = 100;
  std::string policy_id = {};
};
Result<Heightened> heightened_at(store::Session& session, WallTime at);

// Ids of who is on duty in this tier beside the roster's own person, without doubles.
Result<std::vector<std::string>> people_beside(store::Session& session, const std::string& roster_id,
                                               const std::string& tier, WallTime at);

}  // namespace vedette::desk
