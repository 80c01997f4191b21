#include "server/api/incident_json.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<desk::TwoLanguages>& all, Language language) {
  json::array out;
  for (const auto& one : all) out.emplace_back(one.in(language));
  return out;
}

json::value day_or_null(const std::optional<std::chrono::local_days>& day) {
  if (!day) return nullptr;
  return json::value(to_local_text(LocalTime(*day)).substr(0, 10));
}

Result<void> read_time(const Call& call, std::string_view field, std::optional<WallTime>& into) {
  if (!call.body.contains(field)) return {};
  auto text = call.text(field);
  if (!text) {
    into.reset();
    return {};
  }
  TRY_ASSIGN(into, parse_rfc3339(*text));
  return {};
}

void read_text(const Call& call, std::string_view field, std::string& into) {
  if (call.body.contains(field)) into = call.text_or(field, "");
}

}  // namespace

json::object incident_json(const desk::Incident& incident) {
  const auto& facts = incident.facts;
  const auto& roles = incident.roles;
  return {{"id", incident.id},
          {"reference", incident.reference},
          {"revision", incident.revision},
          {"title", incident.title},
          {"summary", incident.summary},
          {"severity", to_string(incident.severity)},
          {"tlp", desk::to_string(incident.tlp)},
          {"state", desk::to_string(incident.state)},
          {"regimes", text_list(incident.regimes)},
          {"detected_at", time_or_null(facts.detected_at)},
          {"aware_at", time_or_null(facts.aware_at)},
          {"request_received_at", time_or_null(facts.request_received_at)},
          {"finished_at", time_or_null(facts.finished_at)},
          {"beyond_capacity", facts.beyond_capacity},
          {"urgent", facts.urgent},
          {"commander", text_or_null(roles.commander)},
          {"deputy", text_or_null(roles.deputy)},
          {"scribe", text_or_null(roles.scribe)},
          {"liaison", text_or_null(roles.liaison)},
          {"merged_into", text_or_null(incident.merged_into)},
          {"split_from", text_or_null(incident.split_from)},
          {"created_at", to_rfc3339(incident.created_at)},
          {"created_by", incident.created_by},
          {"updated_at", to_rfc3339(incident.updated_at)},
          {"closed_at", time_or_null(incident.closed_at)},
          {"closed_by", text_or_null(incident.closed_by)},
          {"close_note", text_or_null(incident.close_note)}};
}

json::object clock_json(const desk::LegalClock& clock, WallTime now, Language language) {
  json::array assumptions;
  for (const auto& one : clock.assumptions) assumptions.emplace_back(render(one, language));
  json::value remaining;
  if (clock.due && desk::is_open(clock.state))
    remaining = std::chrono::floor<std::chrono::seconds>(*clock.due - now).count();
  return {{"regime", clock.key.regime},
          {"regime_name", clock.regime->name.in(language)},
          {"step", clock.key.step},
          {"step_name", clock.step->name.in(language)},
          {"state", desk::to_string(clock.state)},
          {"status", clock.regime->verified ? "verified" : "unverified"},
          {"start", desk::to_string(clock.step->start)},
          {"starts_at", time_or_null(clock.starts)},
          {"due_at", time_or_null(clock.due)},
          {"remaining_seconds", std::move(remaining)},
          {"sent_at", time_or_null(clock.sent_at)},
          {"zone", clock.regime->zone},
          {"counted", render(clock.counted, language)},
          {"assumptions", std::move(assumptions)},
          {"recipients", texts(clock.step->recipients, language)},
          {"form", clock.step->form.in(language)},
          {"citation", clock.step->citation}};
}

json::object regime_json(const desk::Regime& regime, Language language) {
  json::array steps;
  for (const auto& step : regime.steps) {
    json::value amount;
    if (step.period.unit != desk::PeriodUnit::kAtOnce) amount = step.period.amount;
    json::array when, unless;
    for (auto flag : step.when) when.emplace_back(desk::to_string(flag));
    for (auto flag : step.unless) unless.emplace_back(desk::to_string(flag));
    steps.push_back(json::object{{"id", step.id},
                                 {"name", step.name.in(language)},
                                 {"start", desk::to_string(step.start)},
                                 {"after", text_or_null(step.after)},
                                 {"unit", desk::to_string(step.period.unit)},
                                 {"amount", std::move(amount)},
                                 {"when", std::move(when)},
                                 {"unless", std::move(unless)},
                                 {"recipients", texts(step.recipients, language)},
                                 {"form", step.form.in(language)},
                                 {"citation", step.citation}});
  }
  return {{"id", regime.id},
          {"name", regime.name.in(language)},
          {"applies_to", regime.applies_to.in(language)},
          {"kind", desk::to_string(regime.kind)},
          {"status", regime.verified ? "verified" : "unverified"},
          {"verified_on", day_or_null(regime.verified_on)},
          {"citation", regime.citation},
          {"in_force_from", day_or_null(regime.in_force_from)},
          {"in_force_to", day_or_null(regime.in_force_to)},
          {"zone", regime.zone},
          {"steps", std::move(steps)}};
}

json::object report_json(const desk::SentReport& report) {
  return {{"regime", report.key.regime},
          {"step", report.key.step},
          {"sent_at", to_rfc3339(report.sent_at)},
          {"recorded_at", to_rfc3339(report.recorded_at)},
          {"by", report.by},
          {"note", report.note}};
}

json::object entry_json(const desk::IncidentEntry& entry, Language language) {
  return {{"id", entry.id},
          {"incident_id", entry.incident_id},
          {"at", to_rfc3339(entry.at)},
          {"happened_at", time_or_null(entry.happened_at)},
          {"kind", entry.kind},
          {"actor", entry.actor},
          {"text", render(entry.text, language)}};
}

Result<void> read_incident(const Call& call, desk::Incident& incident) {
  read_text(call, "title", incident.title);
  read_text(call, "summary", incident.summary);
  read_text(call, "commander", incident.roles.commander);
  read_text(call, "deputy", incident.roles.deputy);
  read_text(call, "scribe", incident.roles.scribe);
  read_text(call, "liaison", incident.roles.liaison);
  if (auto severity = call.text("severity")) incident.severity = *severity_from(*severity);
  if (auto tlp = call.text("tlp")) incident.tlp = *desk::tlp_from(*tlp);
  if (const auto* regimes = call.body.if_contains("regimes")) {
    incident.regimes.clear();
    for (const auto& one : regimes->as_array()) incident.regimes.emplace_back(one.as_string());
  }
  auto& facts = incident.facts;
  if (auto flag = call.boolean("beyond_capacity")) facts.beyond_capacity = *flag;
  if (auto flag = call.boolean("urgent")) facts.urgent = *flag;
  TRY(read_time(call, "detected_at", facts.detected_at));
  TRY(read_time(call, "aware_at", facts.aware_at));
  TRY(read_time(call, "request_received_at", facts.request_received_at));
  return read_time(call, "finished_at", facts.finished_at);
}

}  // namespace vedette::server
