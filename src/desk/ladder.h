// The ladder: an alert climbs the steps of its escalation policy until a person answers. Driven by
// alerts.next_due in the store; nothing waits in memory.
#pragma once

#include <set>

#include "desk/alert_store.h"
#include "desk/escalation/policy.h"

namespace vedette::desk {

// The policy "default" as the plain ladder it began as: channels only.
Result<Ladder> load_ladder(store::Session& session);
// kInvalid: the first step is not at 0 minutes, steps do not ascend, or a channel does not exist. kConflict:
// the policy names people or tiers by now, which this would lose.
Result<void> store_ladder(store::Session& session, const Clock& clock, const Ladder& ladder,
                          const std::string& by);
// A ladder that was stored before there were policies becomes the first version of "default".
Result<void> adopt_ladder(store::Session& session, const Clock& clock);

// The version this alert's cycle began with.
Result<EscalationPolicy> policy_of(store::Session& session, const AlertRecord& record);

// start_ladder() in two parts, for an alert that is not stored yet: its notifications refer to its row, which
// is written between them. False: nothing was climbed and the row is right as it is.
struct ChosenPolicy {
  EscalationPolicy policy;
  std::string period;  // the watch period that chose it; may be empty
};
Result<ChosenPolicy> choose_policy(store::Session& session, const DeskContext& desk, AlertRecord& record);
Result<bool> climb_first(store::Session& session, const DeskContext& desk, const ChosenPolicy& chosen,
                         AlertRecord& record);
// Starts the ladder of a new cycle: sends the steps that are due at once and sets when the next is. Changes
// `record`; the caller saves it. Alerts below the policy's least severity are shown and not sent.
Result<void> start_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record);
// Goes on after a pause (acknowledgement taken back, reopened): the next step comes when it would have come
// after the last.
Result<void> resume_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record);
// Nothing more is sent: acknowledged, closed, merged. Pending notifications are cancelled; those being sent
// now may arrive. An acknowledged alert is new again when the policy's time for it is over.
Result<void> stop_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record);
// Climbs one step of this alert, or ends its acknowledgement, if that is (still) due. True when it did;
// `changed` gets this alert and those that were raised by it.
Result<bool> climb_if_due(store::Session& session, const DeskContext& desk, const std::string& alert_id,
                          std::set<std::string>& changed);
// Alerts with a step due now, those that waited longest first.
Result<std::vector<std::string>> due_alerts(store::Session& session, const DeskContext& desk,
                                            std::size_t limit);

}  // namespace vedette::desk
