// Failover: a person is called through their next contact when no channel has accepted the message in time.
//
// A notification to a person carries when that is due (notifications.failover_due, in the desk's own time):
// 15 seconds after it was written, at once when the channel refuses. Accepting clears it. The next contact
// gets the same message of the same step. When the last contact has failed and nobody else of the step has
// accepted, the next step comes at once.
#pragma once

#include "desk/context.h"

namespace vedette::desk {

inline constexpr std::int64_t kAcceptanceMs = 15'000;

// Notifications whose next contact is due now, those that waited longest first.
Result<std::vector<std::string>> due_failovers(store::Session& session, const DeskContext& desk,
                                               std::size_t limit);
// Goes on to the next contact if that is (still) due. The alert that changed; empty: none did.
Result<std::string> fail_over_if_due(store::Session& session, const DeskContext& desk,
                                     const std::string& notification_id);

}  // namespace vedette::desk
