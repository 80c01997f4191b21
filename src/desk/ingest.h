// Findings become alerts: one alert per dedup key, in the transaction that stores the finding and the first
// notifications.
#pragma once

#include <set>

#include "desk/alert_store.h"

namespace vedette::desk {

// kInvalid when a finding lacks its uid, dedup key, kind or title.
Result<void> check_finding(const Finding& finding);
// Stores one finding and what follows from it; adds the ids of the alerts that changed.
Result<void> take_finding(store::Session& session, const DeskContext& desk, const Finding& finding,
                          std::set<std::string>& changed);

// The alert says what this finding says.
void show_finding(AlertRecord& record, const Finding& finding);

}  // namespace vedette::desk
