// The table of every operation of the API, and of the shapes they share.
#include "server/api/advisory_part.h"
#include "server/api/api.h"
#include "server/api/directive_part.h"
#include "server/api/evidence_part.h"
#include "server/api/freeze.h"
#include "server/api/handover_part.h"
#include "server/api/heartbeat_part.h"
#include "server/api/host_shapes.h"
#include "server/api/incident_shapes.h"
#include "server/api/intake_part.h"
#include "server/api/performance_part.h"
#include "server/api/period_part.h"
#include "server/api/playbook_part.h"
#include "server/api/policy_part.h"
#include "server/api/report_part.h"
#include "server/api/roster_shapes.h"
#include "server/api/shapes.h"
#include "server/api/situation_part.h"
#include "server/api/unit_part.h"

namespace vedette::server {

std::vector<Operation> all_operations(Api& api) {
  std::vector<Operation> out;
  for (auto* family : {session_operations,       setup_operations,         site_operations,
                       site_history_operations,  site_answer_operations,   alert_operations,
                       alert_action_operations,  incident_operations,      incident_action_operations,
                       channel_operations,       people_operations,        roster_operations,
                       roster_change_operations, policy_operations,        heartbeat_operations,
                       user_operations,          token_operations,         enrolment_operations,
                       host_operations,          group_operations,         file_incident_operations,
                       event_operations,         log_operations,           log_rule_operations,
                       log_search_operations,    audit_operations,         health_operations,
                       tour_operations,          meta_operations,          performance_operations,
                       report_operations,        report_action_operations, second_factor_operations,
                       playbook_operations,      task_operations,          observable_operations,
                       evidence_operations,      handover_operations,      period_operations,
                       advisory_operations,      directive_operations,     directive_action_operations,
                       mail_intake_operations,   situation_operations,     unit_operations}) {
    auto rows = family(api);
    std::ranges::move(rows, std::back_inserter(out));
  }
  guard_by_freeze(api, out);
  return out;
}

Components all_components() {
  return {{"Session", session_shape()},
          {"Site", site_shape()},
          {"SiteDetail", site_detail_shape()},
          {"Check", check_shape()},
          {"Snapshot", snapshot_shape()},
          {"Ignore", ignore_shape()},
          {"Alert", alert_shape()},
          {"AlertDetail", alert_detail_shape()},
          {"Incident", incident_shape()},
          {"IncidentDetail", incident_detail_shape()},
          {"IncidentEntry", incident_entry_shape()},
          {"Playbook", playbook_shape()},
          {"Task", task_shape()},
          {"Observable", observable_shape()},
          {"Evidence", evidence_shape()},
          {"Clock", clock_shape()},
          {"OpenClock", open_clock_shape()},
          {"Regime", regime_shape()},
          {"ReportForm", report_form_shape()},
          {"Report", report_shape()},
          {"ReportDetail", report_detail_shape()},
          {"Organisation", organisation_shape()},
          {"Unit", unit_shape()},
          {"AssetUnit", asset_unit_shape()},
          {"Handover", handover_shape()},
          {"Advisory", advisory_shape()},
          {"Directive", directive_shape()},
          {"TakenMail", taken_mail_shape()},
          {"DirectiveDetail", directive_detail_shape()},
          {"Indicator", indicator_shape()},
          {"HandoverItem", handover_item_shape()},
          {"WatchPeriod", watch_period_shape()},
          {"PeriodOutlook", period_outlook_shape()},
          {"ReadinessItem", readiness_item_shape()},
          {"FreezeException", freeze_exception_shape()},
          {"ReportSchedule", report_schedule_shape()},
          {"SituationReport", situation_report_shape()},
          {"Channel", channel_shape()},
          {"Ladder", ladder_shape()},
          {"Person", person_shape()},
          {"Roster", roster_shape()},
          {"TierShifts", tier_shifts_shape()},
          {"OnCall", on_call_shape()},
          {"CoverageGap", coverage_gap_shape()},
          {"Override", override_shape()},
          {"EscalationPolicy", escalation_policy_shape()},
          {"PolicyVersion", policy_version_shape()},
          {"Performance", performance_shape()},
          {"SimulatedStep", simulated_step_shape()},
          {"Heartbeat", heartbeat_shape()},
          {"Swap", swap_shape()},
          {"Leave", leave_shape()},
          {"Calendar", calendar_feed_shape()},
          {"User", user_shape()},
          {"Token", token_shape()},
          {"Mail", mail_shape()},
          {"Enrolment", enrolment_shape()},
          {"Host", host_shape()},
          {"Policy", policy_shape()},
          {"HostCommand", host_command_shape()},
          {"FileIncident", file_incident_shape()},
          {"FileIncidentDetail", file_incident_detail_shape()},
          {"AuditEntry", audit_shape()},
          {"Health", health_shape()},
          {"Tour", tour_shape()}};
}

sites::SiteWatch::Alongside Api::audited(const Call& call, std::string_view action,
                                         const boost::json::object& detail) const {
  return [at = clock.wall(), by = call.who.name, action = std::string(action),
          detail = boost::json::serialize(detail)](store::Session& session, const std::string& site_id) {
    return desk::append_audit(session, at, by, action, "site/" + site_id, detail);
  };
}

Result<void> Api::audit(const Call& call, std::string_view action, const std::string& object,
                        const boost::json::object& detail) const {
  return desk.audit(call.who.name, std::string(action), object, boost::json::serialize(detail));
}

}  // namespace vedette::server
