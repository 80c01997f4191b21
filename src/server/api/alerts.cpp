// /alerts: reading them.
#include "server/api/alert_json.h"
#include "server/api/hosts_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::size_t kFindingsShown = 100;

std::vector<QueryParameter> filters() {
  return {{"state", one_of({"new", "acknowledged", "closed"}), "only these"},
          {"severity", severity_name(), "only these"},
          {"watch", text(16), "only of this watch"},
          {"asset", text(64), "only of this asset id"},
          {"kind", text(64), "only of this kind"},
          {"acknowledged_by", text(200), "only what this user has taken"},
          {"unit", text(64), "only of this unit and those below it"},
          {"q", text(200), "words in the text"},
          {"snoozed", boolean(), "false: without those that sleep"}};
}

desk::AlertQuery query_of(const Call& call) {
  auto snoozed = call.query("snoozed");
  return {.state = call.query("state"),
          .severity = call.query("severity"),
          .watch = call.query("watch"),
          .asset_id = call.query("asset"),
          .kind = call.query("kind"),
          .text = call.query("q"),
          .acknowledged_by = call.query("acknowledged_by"),
          .unit = call.query("unit"),
          .include_snoozed = snoozed != "false" && snoozed != "0",
          .order = desk::alert_order_from(call.query("order")).value_or(desk::AlertOrder::kNewest),
          .cursor = call.cursor(),
          .limit = call.limit()};
}

std::string label_of(Api& api, const desk::Facet& facet) {
  if (facet.field != "asset") return facet.value;
  if (auto site = api.sites.get(facet.value)) return site->config.name;
  if (auto hosts = hosts_of(api))
    if (auto host = (*hosts)->get(facet.value)) return host->name();
  return facet.value;
}

}  // namespace

std::vector<Operation> alert_operations(Api& api) {
  using enum net::Method;
  auto listing = filters();
  listing.push_back(
      {"order", one_of({"newest", "gravest", "soonest"}),
       "gravest: by severity, then newest; soonest: those with a step to come, the next one first"});
  for (auto& one : paging()) listing.push_back(std::move(one));
  auto facet =
      object({required("field", one_of({"state", "severity", "watch", "kind", "asset"})),
              required("value", text(400)), required("label", text(400)), required("count", count())});
  return {
      {.method = kGet,
       .path = "/alerts",
       .id = "listAlerts",
       .tag = "alerts",
       .summary = "Alerts, newest or gravest first, or by the next step",
       .on_wall = true,
       .query = std::move(listing),
       .response = page_of(reference("Alert")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.desk.alerts(query_of(call)));
         json::array items;
         for (const auto& alert : page.items) items.push_back(alert_json(alert, call.language));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/alerts/facets",
       .id = "alertFacets",
       .tag = "alerts",
       .summary = "How many alerts there are of each kind",
       .on_wall = true,
       .query = filters(),
       .response = object({required("facets", list(std::move(facet)))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto facets, api.desk.facets(query_of(call)));
         json::array items;
         for (const auto& one : facets)
           items.push_back(json::object{{"field", one.field},
                                        {"value", one.value},
                                        {"label", label_of(api, one)},
                                        {"count", one.count}});
         return json_response(200, json::object{{"facets", std::move(items)}});
       }},
      {.method = kGet,
       .path = "/alerts/{id}",
       .id = "getAlert",
       .tag = "alerts",
       .summary = "An alert with its findings, its timeline and who was told",
       .response = reference("AlertDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         const auto& id = call.parameter("id");
         TRY_ASSIGN(auto alert, api.desk.alert(id));
         TRY_ASSIGN(auto found, api.desk.findings(id, kFindingsShown));
         TRY_ASSIGN(auto entries, api.desk.timeline(id));
         TRY_ASSIGN(auto sent, api.desk.notifications(id));
         json::array findings, timeline, notifications;
         for (const auto& one : found) findings.push_back(finding_json(one, call.language));
         for (const auto& one : entries) timeline.push_back(timeline_json(one, call.language));
         for (const auto& one : sent) notifications.push_back(notification_json(one));
         auto body = alert_json(alert, call.language);
         body["findings"] = std::move(findings);
         body["timeline"] = std::move(timeline);
         body["notifications"] = std::move(notifications);
         return json_response(200, body);
       }},
  };
}

}  // namespace vedette::server
