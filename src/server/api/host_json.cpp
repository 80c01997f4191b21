#include "server/api/host_json.h"

#include "server/api/operation.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kReportFilesShown = 10'000;  // those that failed go first

json::value stored(const std::string& text) {
  json::error_code error;
  auto value = json::parse(text, error);
  return error ? json::value() : std::move(value);
}

// The text of a restored file is plain, or a sentence.
void put_in_words(json::value& file, Language language) {
  auto& text = file.as_object()["text"];
  if (!text.is_object()) return;
  auto message = message_from_json(text);
  text = message ? json::value(render(*message, language)) : json::value("");
}

json::value report_json(const std::vector<IncidentReportPart>& parts, Language language) {
  if (parts.empty()) return nullptr;
  json::array files, well;
  for (const auto& part : parts) {
    auto value = stored(part.files_json);
    if (!value.is_array()) continue;
    for (auto& file : value.get_array()) {
      put_in_words(file, language);
      auto& list = file.as_object()["ok"].as_bool() ? well : files;
      if (list.size() < kReportFilesShown) list.push_back(std::move(file));
    }
  }
  for (auto& file : well)
    if (files.size() < kReportFilesShown) files.push_back(std::move(file));
  auto more = parts.back().restored + parts.back().failed - static_cast<std::int64_t>(files.size());
  return json::object{{"restored", parts.back().restored},
                      {"failed", parts.back().failed},
                      {"files", std::move(files)},
                      {"more_files", std::max<std::int64_t>(more, 0)}};
}

}  // namespace

json::object host_json(const Host& host, Language language) {
  static const HostState kUntold = [] {
    HostState out;
    out.sights.push_back({"guard", false, Message{"hosts.sight.untold", {}}});
    return out;
  }();
  const auto& state = host.state ? *host.state : kUntold;
  json::array sights;
  for (const auto& one : state.sights)
    sights.push_back(json::object{{"what", one.what},
                                  {"ok", one.ok},
                                  {"text", one.text ? render(*one.text, language) : std::string()}});
  auto told = to_json(state);
  return {{"id", host.id},
          {"name", host.name()},
          {"state", host.standing()},
          {"os", host.facts.os},
          {"kernel", host.facts.kernel},
          {"arch", host.facts.arch},
          {"version", host.facts.version},
          {"group", host.group},
          {"address", host.address},
          {"enrolled_at", to_rfc3339(host.enrolled_at)},
          {"last_seen_at", to_rfc3339(host.last_seen_at)},
          {"clock_skew_ms", host.clock_skew_ms ? json::value(*host.clock_skew_ms) : json::value()},
          {"sights", std::move(sights)},
          {"mode", host.revoked_at ? "off" : state.mode},
          {"trees", std::move(told["trees"])},
          {"web_roots", std::move(told["web_roots"])},
          {"spool", json::object{{"records", state.spool_records},
                                 {"bytes", state.spool_bytes},
                                 {"gaps", std::max<std::int64_t>(state.spool_gaps,
                                                                 static_cast<std::int64_t>(host.gaps))}}},
          {"certificate", host.revoked_at ? json::value()
                                          : json::value(json::object{
                                                {"sha256", host.certificate_sha256},
                                                {"not_after", to_rfc3339(host.certificate_not_after)}})},
          {"open_incidents", host.open_incidents}};
}

json::object enrolment_json(const Hosts::Enrolment& enrolment) {
  return {{"id", enrolment.id},
          {"group", enrolment.group},
          {"note", enrolment.note},
          {"created_by", enrolment.created_by},
          {"created_at", to_rfc3339(enrolment.created_at)},
          {"expires_at", to_rfc3339(enrolment.expires_at)},
          {"used_at", time_or_null(enrolment.used_at)},
          {"host_id", text_or_null(enrolment.host_id)}};
}

json::object group_json(const Hosts::Group& group) {
  auto out = policy_fields(group.policy);
  out["group"] = group.policy.group;
  out["hosts"] = group.hosts;
  return out;
}

json::object host_command_json(const HostOrder& order, Language language) {
  return {{"id", order.id},
          {"kind", order.kind},
          {"state", order.state},
          {"by", order.by},
          {"at", to_rfc3339(order.at)},
          {"expires_at", to_rfc3339(order.expires_at)},
          {"sent_at", time_or_null(order.sent_at)},
          {"done_at", time_or_null(order.done_at)},
          {"result", order.result ? json::value(render(*order.result, language)) : json::value()},
          {"file_incident_id", order.incident_id}};
}

json::object incident_json(const IncidentRow& incident) {
  return {{"id", incident.id},
          {"host_id", incident.host_id},
          {"host_name", incident.host_name},
          {"state", incident.state},
          {"first_at", to_rfc3339(incident.first_at)},
          {"last_at", to_rfc3339(incident.last_at)},
          {"files", incident.files_count},
          {"score", incident.score},
          {"executable", incident.executable},
          {"user", incident.user},
          {"alert_id", text_or_null(incident.alert_id)}};
}

json::object incident_detail_json(const IncidentDetail& incident, Language language) {
  auto out = incident_json(incident.row);
  std::string reason;
  for (const auto& one : incident.reasons) {
    if (!reason.empty()) reason += ' ';
    reason += render(one, language);
  }
  json::array events;
  for (const auto& one : incident.events)
    events.push_back(json::object{{"at", to_rfc3339(one.at)}, {"text", render(one.text, language)}});
  out["frozen"] = incident.row.frozen;
  out["reason"] = reason;
  out["actor"] = stored(incident.actor_json);
  out["files"] = stored(incident.files_json);
  out["more_files"] = incident.row.more_files;
  out["events"] = std::move(events);
  out["report"] = report_json(incident.report, language);
  return out;
}

}  // namespace vedette::server
