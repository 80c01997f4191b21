// Alerts, findings and the timeline as rows.
#pragma once

#include "desk/context.h"

namespace vedette::desk {

// An alert with what only the desk needs to know of it.
struct AlertRecord {
  Alert alert;
  std::string gravest_uid;     // the finding that title, reason and next step are of
  WallTime raised_at{};        // start of this cycle: what lists are ordered by
  std::int64_t cycle_due = 0;  // the same moment in the desk's own time
  // The gravest of its own findings in this cycle, whatever those merged into it are: what unmerging goes
  // back to.
  Severity own_severity = Severity::kInformational;
  std::string own_uid;
  // When the next step of the ladder is due; of an acknowledged alert: when the acknowledgement ends.
  std::optional<std::int64_t> next_due;
  // The version of the escalation policy that this cycle began with; empty: older than policies.
  std::string policy_id;
  std::int64_t policy_version = 0;
  int timer_percent = 100;  // of the policy's minutes, by the watch periods that ran when the cycle began
};

inline constexpr std::string_view kAlertColumns =
    "id, dedup_key, watch, kind, severity, state, resolution, asset_type, asset_id, asset_name, title, "
    "reason, next_step, "
    "gravest_uid, count, cycle, condition_resolved, first_at, last_at, updated_at, raised_at, "
    "acknowledged_at, "
    "acknowledged_by, snoozed_until, closed_at, closed_by, close_note, merged_into, step, cycle_due, "
    "next_due, own_severity, own_uid, policy_id, policy_version, timer_percent, unit";
Result<AlertRecord> alert_from(const store::Row& row, DueClock& due);  // a row of kAlertColumns

Result<AlertRecord> load_alert(store::Session& session, DueClock& due, const std::string& id);  // kNotFound
Result<std::optional<AlertRecord>> find_alert(store::Session& session, DueClock& due,
                                              const std::string& dedup_key);
Result<void> write_alert(store::Session& session, const AlertRecord& record);  // inserts or replaces
Result<void> save_alert(store::Session& session,
                        const AlertRecord& record);  // the same, cheaper for one that is stored

// False when a finding of this uid is stored already.
Result<bool> add_finding(store::Session& session, const Finding& finding, const std::string& alert_id);
// The findings of an alert and of those merged into it, newest first.
Result<std::vector<Finding>> load_findings(store::Session& session, const std::string& alert_id,
                                           std::size_t limit);
Result<std::optional<Finding>> load_finding(store::Session& session, const std::string& uid);

Result<void> add_timeline(store::Session& session, const std::string& alert_id, WallTime at,
                          const std::string& kind, const std::string& actor, const Message& text);
Result<std::vector<TimelineEntry>> load_timeline(store::Session& session, const std::string& alert_id);

std::string message_text(const Message& message);  // as stored
Result<Message> message_of(const std::string& stored);

}  // namespace vedette::desk
