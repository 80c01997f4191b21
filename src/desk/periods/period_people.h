// Who is missing in a tier of a watch period, by the rows. Inside the caller's transaction or snapshot.
#pragma once

#include "desk/periods/period_gaps.h"
#include "store/database.h"

namespace vedette::desk {

// Ids of the people that a channel which is switched on can call.
Result<std::set<std::string>> reachable_people(store::Session& session);
// A roster or tier that is gone has nobody.
Result<std::vector<PeriodGap>> gaps_in(store::Session& session, const PeriodTier& tier,
                                       const std::set<std::string>& reachable, WallTime from, WallTime to);

}  // namespace vedette::desk
