#include "desk/escalation/auditor.h"

#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

Result<std::int64_t> count(store::Session& session, std::string_view sql, const store::Parameters& parameters,
                           std::string& example) {
  TRY_ASSIGN(auto rows, session.query(sql, parameters));
  if (rows[0].integer(0) > 0 && example.empty()) example = rows[0].text(1);
  return rows[0].integer(0);
}

}  // namespace

Result<Missed> missed_steps(store::Session& session, std::int64_t due_now_ms) {
  Missed missed;
  std::int64_t before = due_now_ms - kAuditedAfterMs;
  TRY_ASSIGN(
      missed.steps,
      count(session, "SELECT COUNT(*), MIN(id) FROM alerts WHERE next_due IS NOT NULL AND next_due < ?",
            {before}, missed.alert_id));
  TRY_ASSIGN(missed.failovers,
             count(session,
                   "SELECT COUNT(*), MIN(alert_id) FROM notifications WHERE failover_due IS "
                   "NOT NULL AND failover_due < ?",
                   {before}, missed.alert_id));
  TRY_ASSIGN(
      missed.silent,
      count(session,
            "SELECT COUNT(*), MIN(a.id) FROM alerts a WHERE a.next_due IS NOT NULL AND a.state = 'new' AND "
            "a.step > 0 AND a.snoozed_until IS NULL AND NOT EXISTS (SELECT 1 FROM notifications n WHERE "
            "n.alert_id = a.id AND n.cycle = a.cycle AND n.step = a.step - 1)",
            {}, missed.alert_id));
  return missed;
}

Finding missed_finding(const DeskContext& desk, const Missed& missed) {
  auto finding = own_finding(desk.clock, kEscalationMissed);
  finding.state = missed.all() == 0 ? FindingState::kResolved : FindingState::kPresent;
  finding.severity = Severity::kCritical;
  finding.asset = {"service", "desk", "Vedette"};
  std::map<std::string, std::string> arguments = {{"steps", std::to_string(missed.steps)},
                                                  {"failovers", std::to_string(missed.failovers)},
                                                  {"silent", std::to_string(missed.silent)},
                                                  {"alert", missed.alert_id}};
  finding.title = {"desk.escalation_missed.title", {}};
  finding.reason = {missed.all() == 0 ? "desk.escalation_missed.resolved" : "desk.escalation_missed.reason",
                    missed.all() == 0 ? std::map<std::string, std::string>() : arguments};
  finding.next_step = {"desk.escalation_missed.next_step", {}};
  finding.dedup_key = "desk/escalation/missed";
  return finding;
}

}  // namespace vedette::desk
