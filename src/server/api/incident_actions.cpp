// /incidents/{id}…: what people do with an incident. The desk writes timeline and audit log itself.
#include "desk/incidents/incidents.h"
#include "server/api/api.h"
#include "server/api/incident_json.h"
#include "server/api/incident_shapes.h"

namespace vedette::server {
using namespace shape;

namespace {

using IncidentAct = std::function<Result<desk::Incident>(const Call&, const std::string& id)>;

Operation incident_action(net::Method method, std::string_view path, std::string_view id,
                          std::string_view summary, Role role, std::optional<Schema> request,
                          IncidentAct act) {
  return {.method = method,
          .path = path,
          .id = id,
          .tag = "incidents",
          .summary = summary,
          .role = role,
          .request = std::move(request),
          .response = reference("Incident"),
          .handler = [act = std::move(act)](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto incident, act(call, call.parameter("id")));
            return json_response(200, incident_json(incident));
          }};
}

Schema note_only() { return object({optional("note", text(desk::IncidentLimits::kTextBytes))}); }

std::vector<std::string> alert_ids(const Call& call) {
  std::vector<std::string> out;
  for (const auto& one : call.body.at("alerts").as_array()) out.emplace_back(one.as_string());
  return out;
}

}  // namespace

std::vector<Operation> incident_action_operations(Api& api) {
  using enum net::Method;
  auto* incidents = &api.incidents;
  const auto* clock = &api.clock;
  constexpr auto kText = static_cast<std::int64_t>(desk::IncidentLimits::kTextBytes);
  return {
      incident_action(
          kPatch, "/incidents/{id}", "changeIncident",
          "Change what the incident is, its facts, regimes and roles; names the revision it was read with",
          Role::kAnalyst, incident_input(false),
          [incidents](const Call& call, const std::string& id) -> Result<desk::Incident> {
            TRY_ASSIGN(auto detail, incidents->get(id));
            TRY(read_incident(call, detail.incident));
            detail.incident.revision = *call.integer("revision");
            return incidents->change(detail.incident, call.who.name);
          }),
      incident_action(kPost, "/incidents/{id}/state", "moveIncident", "It has come to another phase",
                      Role::kAnalyst,
                      object({required("state", incident_state_name(false)), optional("note", text(kText))}),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->move(id, *desk::incident_state_from(*call.text("state")),
                                               call.text_or("note", ""), call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/close", "closeIncident",
                      "Close it; refused while a clock is open", Role::kLead, note_only(),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->close(id, call.text_or("note", ""), call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/reopen", "reopenIncident", "Open it again", Role::kLead,
                      note_only(),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->reopen(id, call.text_or("note", ""), call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/alerts", "linkAlert", "An alert belongs to it", Role::kAnalyst,
                      object({required("alert_id", id())}),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->link(id, *call.text("alert_id"), call.who.name);
                      }),
      incident_action(kDelete, "/incidents/{id}/alerts/{alert}", "unlinkAlert",
                      "An alert does not belong to it", Role::kAnalyst, std::nullopt,
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->unlink(id, call.parameter("alert"), call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/notes", "noteIncident", "Write something into the timeline",
                      Role::kAnalyst,
                      object({required("text", text(kText, 1)), optional("happened_at", nullable(time()))}),
                      [incidents](const Call& call, const std::string& id) -> Result<desk::Incident> {
                        std::optional<WallTime> happened_at;
                        if (auto at = call.text("happened_at")) {
                          TRY_ASSIGN(happened_at, parse_rfc3339(*at));
                        }
                        return incidents->note(id, *call.text("text"), happened_at, call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/reports", "reportSent", "The report of a clock went out",
                      Role::kAnalyst,
                      object({required("regime", text(40, 1)), required("step", text(40, 1)),
                              optional("sent_at", nullable(time())), optional("note", text(kText))}),
                      [incidents, clock](const Call& call, const std::string& id) -> Result<desk::Incident> {
                        auto sent_at = clock->wall();
                        if (auto at = call.text("sent_at")) {
                          TRY_ASSIGN(sent_at, parse_rfc3339(*at));
                        }
                        return incidents->report_sent(id, {.key = {*call.text("regime"), *call.text("step")},
                                                           .sent_at = sent_at,
                                                           .by = call.who.name,
                                                           .note = call.text_or("note", "")});
                      }),
      incident_action(kDelete, "/incidents/{id}/reports/{regime}/{step}", "withdrawReport",
                      "The mark was a mistake", Role::kLead, std::nullopt,
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->withdraw_report(
                            id, {call.parameter("regime"), call.parameter("step")}, call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/merge", "mergeIncident",
                      "It is part of another one; answers with that", Role::kAnalyst,
                      object({required("into", id())}),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->merge(id, *call.text("into"), call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/unmerge", "unmergeIncident", "It is its own again",
                      Role::kAnalyst, object({}),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->unmerge(id, call.who.name);
                      }),
      incident_action(kPost, "/incidents/{id}/split", "splitIncident",
                      "Part of it is an incident of its own; answers with the new one", Role::kAnalyst,
                      object({required("title", text(desk::IncidentLimits::kTitleBytes, 1)),
                              required("alerts", list(id(), desk::IncidentLimits::kAlerts))}),
                      [incidents](const Call& call, const std::string& id) {
                        return incidents->split(id, *call.text("title"), alert_ids(call), call.who.name);
                      }),
  };
}

}  // namespace vedette::server
