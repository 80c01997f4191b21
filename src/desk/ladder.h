// The ladder: who is told when, until a person answers. Driven by alerts.next_due in the store; nothing waits
// in memory.
#pragma once

#include "desk/alert_store.h"

namespace vedette::desk {

Result<Ladder> load_ladder(store::Session& session);
// kInvalid: the first step is not at 0 minutes, steps do not ascend, or a channel does not exist.
Result<void> store_ladder(store::Session& session, const Ladder& ladder);

// Starts the ladder of a new cycle: sends the steps that are due at once and sets when the next is. Changes
// `record`; the caller saves it. Alerts below the ladder's least severity are shown and not sent.
Result<void> start_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record);
// Goes on after a pause (acknowledgement taken back, reopened): the next step comes when it would have come
// after the last.
Result<void> resume_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record);
// Nothing more is sent: acknowledged, closed, merged. Pending notifications are cancelled; those being sent
// now may arrive.
Result<void> stop_ladder(store::Session& session, AlertRecord& record);
// Climbs one step of this alert if it is (still) due. True when it did.
Result<bool> climb_if_due(store::Session& session, const DeskContext& desk, const std::string& alert_id);
// Alerts with a step due now, those that waited longest first.
Result<std::vector<std::string>> due_alerts(store::Session& session, const DeskContext& desk,
                                            std::size_t limit);

}  // namespace vedette::desk
