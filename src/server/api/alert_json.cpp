#include "server/api/alert_json.h"

#include "server/api/operation.h"
#include "server/hosts/file_incident_store.h"

namespace vedette::server {
namespace json = boost::json;

json::object alert_json(const desk::Alert& alert, Language language) {
  auto file_incident = incident_of_dedup_key(alert.dedup_key);
  return {
      {"id", alert.id},
      {"watch", to_string(alert.watch)},
      {"kind", alert.kind},
      {"severity", to_string(alert.severity)},
      {"state", to_string(alert.state)},
      {"resolution", to_string(alert.resolution)},
      {"asset", json::object{{"type", alert.asset.type}, {"id", alert.asset.id}, {"name", alert.asset.name}}},
      {"title", render(alert.title, language)},
      {"reason", render(alert.reason, language)},
      {"next_step", render(alert.next_step, language)},
      {"count", alert.count},
      {"cycle", alert.cycle},
      {"condition_resolved", alert.condition_resolved},
      {"first_at", to_rfc3339(alert.first_at)},
      {"last_at", to_rfc3339(alert.last_at)},
      {"updated_at", to_rfc3339(alert.updated_at)},
      {"acknowledged_at", time_or_null(alert.acknowledged_at)},
      {"acknowledged_by", text_or_null(alert.acknowledged_by)},
      {"snoozed_until", time_or_null(alert.snoozed_until)},
      {"closed_at", time_or_null(alert.closed_at)},
      {"closed_by", text_or_null(alert.closed_by)},
      {"close_note", text_or_null(alert.close_note)},
      {"merged_into", text_or_null(alert.merged_into)},
      {"step", alert.step},
      {"unit", alert.unit},
      {"next_step_at", time_or_null(alert.next_step_at)},
      {"file_incident_id", text_or_null(file_incident)}};
}

json::object finding_json(const Finding& finding, Language language) {
  json::array evidence;
  for (const auto& one : finding.evidence)
    evidence.push_back(json::object{{"kind", one.kind}, {"sha256", one.sha256}, {"note", one.note}});
  return {{"uid", finding.uid},
          {"kind", finding.kind},
          {"severity", to_string(finding.severity)},
          {"confidence", finding.confidence},
          {"title", render(finding.title, language)},
          {"reason", render(finding.reason, language)},
          {"next_step", render(finding.next_step, language)},
          {"where", finding.where},
          {"before", finding.before},
          {"after", finding.after},
          {"attack", text_list(finding.attack)},
          {"evidence", std::move(evidence)},
          {"observed_at", to_rfc3339(finding.observed_at)}};
}

json::object timeline_json(const desk::TimelineEntry& entry, Language language) {
  return {{"at", to_rfc3339(entry.at)},
          {"kind", entry.kind},
          {"actor", entry.actor},
          {"text", render(entry.text, language)}};
}

json::object notification_json(const desk::Notification& one) {
  return {{"id", one.id},
          {"channel_id", one.channel_id},
          {"channel_name", one.channel_name},
          {"target", one.target},
          {"cycle", one.cycle},
          {"step", one.step},
          {"state", one.state},
          {"attempts", one.attempts},
          {"last_error", text_or_null(one.last_error)},
          {"receipt", text_or_null(one.receipt)},
          {"created_at", to_rfc3339(one.created_at)},
          {"accepted_at", time_or_null(one.accepted_at)}};
}

}  // namespace vedette::server
