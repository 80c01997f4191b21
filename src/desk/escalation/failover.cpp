#include "desk/escalation/failover.h"

#include "desk/alert_store.h"
#include "desk/due_anchor.h"
#include "desk/escalation/recipients.h"
#include "desk/ladder.h"
#include "desk/outbox.h"

namespace vedette::desk {
namespace {

struct Waiting {
  std::string alert_id, person, target, state;
  int cycle = 0, step = 0, contact = 0;
};

// Nobody of this step was reached by any channel: waiting for its time would be silence.
Result<void> hurry(store::Session& session, const DeskContext& desk, AlertRecord& record,
                   const Waiting& from) {
  TRY_ASSIGN(auto reached,
             session.query("SELECT 1 FROM notifications WHERE alert_id = ? AND cycle = ? AND step = ? "
                           "AND (state = 'accepted' OR failover_due IS NOT NULL) LIMIT 1",
                           {from.alert_id, std::int64_t{from.cycle}, std::int64_t{from.step}}));
  TRY_ASSIGN(auto policy, policy_of(session, record));
  bool more =
      from.step + 1 == record.alert.step && static_cast<std::size_t>(from.step) + 1 < policy.steps.size();
  if (!reached.empty() || !more || record.alert.snoozed_until || !record.next_due) return {};
  record.next_due = desk.due.now_ms();
  return save_alert(session, record);
}

}  // namespace

Result<std::vector<std::string>> due_failovers(store::Session& session, const DeskContext& desk,
                                               std::size_t limit) {
  TRY_ASSIGN(auto rows, session.query("SELECT id FROM notifications WHERE failover_due IS NOT NULL AND "
                                      "failover_due <= ? ORDER BY failover_due LIMIT ?",
                                      {desk.due.now_ms(), static_cast<std::int64_t>(limit)}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.text(0));
  return ids;
}

Result<std::string> fail_over_if_due(store::Session& session, const DeskContext& desk,
                                     const std::string& notification_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT alert_id, person, target, state, cycle, step, contact FROM notifications "
                           "WHERE id = ? AND failover_due IS NOT NULL AND failover_due <= ?",
                           {notification_id, desk.due.now_ms()}));
  if (rows.empty()) return std::string();
  const auto& row = rows[0];
  Waiting waiting{row.text(0),
                  row.text(1),
                  row.text(2),
                  row.text(3),
                  static_cast<int>(row.integer(4)),
                  static_cast<int>(row.integer(5)),
                  static_cast<int>(row.integer(6))};
  TRY(session.execute("UPDATE notifications SET failover_due = NULL WHERE id = ?", {notification_id}));
  TRY_ASSIGN(auto record, load_alert(session, desk.due, waiting.alert_id));
  const auto& alert = record.alert;
  if (alert.state != AlertState::kNew || alert.cycle != waiting.cycle || waiting.state == "accepted" ||
      waiting.state == "cancelled")
    return std::string();
  TRY_ASSIGN(auto usable, usable_channels(session, alert));
  TRY_ASSIGN(auto next, contact_of(session, waiting.person, waiting.contact + 1, usable));
  if (next.empty()) {
    TRY(add_timeline(session, alert.id, desk.clock.wall(), "unreachable", "desk",
                     {"desk.timeline.no_contact_left", {{"target", waiting.target}}}));
    TRY(hurry(session, desk, record, waiting));
    return alert.id;
  }
  TRY(add_timeline(session, alert.id, desk.clock.wall(), "failover", "desk",
                   {"desk.timeline.failover", {{"target", waiting.target}}}));
  TRY(enqueue(session, desk, alert, waiting.step, next));
  TRY(keep_due(session, desk));
  desk.metrics.counter("vedette_desk_failovers_total", "Times a person's next contact was tried").add();
  return alert.id;
}

}  // namespace vedette::desk
