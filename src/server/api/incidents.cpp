// /incidents, /clocks and /regimes: opening and reading incidents, and the deadlines that run.
#include "desk/incidents/incidents.h"

#include "server/api/alert_json.h"
#include "server/api/api.h"
#include "server/api/incident_json.h"
#include "server/api/incident_shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::size_t kClocksShown = 500;

std::vector<QueryParameter> incident_filters() {
  std::vector<QueryParameter> out = {
      {"state", one_of({"open", "new", "triaged", "contained", "eradicated", "recovered", "closed"}),
       "open: neither closed nor merged into another"},
      {"alert", text(64), "only those that this alert belongs to"},
      {"unit", text(64), "only those with an alert of this unit or of one below it"}};
  for (auto& one : paging()) out.push_back(std::move(one));
  return out;
}

}  // namespace

std::vector<Operation> incident_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/incidents",
       .id = "listIncidents",
       .tag = "incidents",
       .summary = "Incidents, newest first",
       .query = incident_filters(),
       .response = page_of(reference("Incident")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.incidents.list({.state = call.query("state"),
                                                   .alert_id = call.query("alert"),
                                                   .unit = call.query("unit"),
                                                   .cursor = call.cursor(),
                                                   .limit = call.limit()}));
         json::array items;
         for (const auto& one : page.items) items.push_back(incident_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kPost,
       .path = "/incidents",
       .id = "openIncident",
       .tag = "incidents",
       .summary = "Open an incident, with the alerts it began with",
       .role = Role::kAnalyst,
       .request = incident_input(true),
       .success = 201,
       .response = reference("Incident"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Incident draft;
         TRY(read_incident(call, draft));
         std::vector<std::string> alerts;
         if (const auto* ids = call.body.if_contains("alerts")) {
           for (const auto& one : ids->as_array()) alerts.emplace_back(one.as_string());
         }
         TRY_ASSIGN(auto opened, api.incidents.open(draft, alerts, call.who.name));
         return json_response(201, incident_json(opened));
       }},
      {.method = kGet,
       .path = "/incidents/{id}",
       .id = "getIncident",
       .tag = "incidents",
       .summary = "An incident with its clocks, soonest first, the reports that went out and its alerts",
       .response = reference("IncidentDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto detail, api.incidents.get(call.parameter("id")));
         json::array clocks, reports;
         for (const auto& one : detail.clocks)
           clocks.push_back(clock_json(one, api.clock.wall(), call.language));
         for (const auto& one : detail.reports) reports.push_back(report_json(one));
         auto body = incident_json(detail.incident);
         body["clocks"] = std::move(clocks);
         body["reports"] = std::move(reports);
         body["alerts"] = text_list(detail.alerts);
         body["merged"] = text_list(detail.merged);
         body["units"] = text_list(detail.units);
         return json_response(200, body);
       }},
      {.method = kGet,
       .path = "/incidents/{id}/timeline",
       .id = "incidentTimeline",
       .tag = "incidents",
       .summary = "What was done and noted, oldest first, with that of incidents merged into it",
       .query = paging(),
       .response = page_of(reference("IncidentEntry")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.incidents.timeline(call.parameter("id"), call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(entry_json(one, call.language));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/incidents/{id}/alerts",
       .id = "incidentAlerts",
       .tag = "incidents",
       .summary = "The alerts of an incident, in the order in which they were linked, at most 500",
       .response = page_of(reference("Alert")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto detail, api.incidents.get(call.parameter("id")));
         json::array items;
         for (const auto& id : detail.alerts) {
           TRY_ASSIGN(auto alert, api.desk.alert(id));
           items.push_back(alert_json(alert, call.language));
         }
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/clocks",
       .id = "listClocks",
       .tag = "incidents",
       .summary = "The open clocks of all incidents, soonest first, at most 500",
       .on_wall = true,
       .response = page_of(reference("OpenClock")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto clocks, api.incidents.open_clocks(kClocksShown));
         json::array items;
         for (const auto& one : clocks) {
           auto item = clock_json(one.clock, api.clock.wall(), call.language);
           item["incident_id"] = one.incident_id;
           item["reference"] = one.reference;
           item["title"] = one.title;
           items.push_back(std::move(item));
         }
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/regimes",
       .id = "listRegimes",
       .tag = "incidents",
       .summary = "The laws and internal rules that set deadlines, and whether somebody has verified them",
       .response = page_of(reference("Regime")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         json::array items;
         for (const auto* one : api.incidents.regimes().regimes())
           items.push_back(regime_json(*one, call.language));
         return page_response(std::move(items), "");
       }},
  };
}

}  // namespace vedette::server
