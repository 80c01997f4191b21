// /incidents/{id}/observables and /related: what was seen in it, and which incidents have something in common
// with it.
#include "desk/incidents/observables.h"

#include "server/api/api.h"
#include "server/api/incident_json.h"
#include "server/api/playbook_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Most = desk::ObservableLimits;

Schema type_name() {
  return one_of(
      {"ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "file", "user-account", "process"});
}
Schema tlp_label() { return one_of({"red", "amber+strict", "amber", "green", "clear"}); }

json::object observable_json(const desk::Observable& one) {
  return {{"id", text_or_null(one.id)},
          {"incident_id", one.incident_id},
          {"type", desk::to_string(one.type)},
          {"value", one.value},
          {"defanged", desk::defanged(one.type, one.value)},
          {"tlp", desk::to_string(one.tlp)},
          {"note", one.note},
          {"source", text_or_null(one.source)},
          {"added_at", one.id.empty() ? json::value() : json::value(to_rfc3339(one.added_at))},
          {"added_by", text_or_null(one.added_by)}};
}

net::Response observables_response(const std::vector<desk::Observable>& all) {
  json::array items;
  for (const auto& one : all) items.push_back(observable_json(one));
  return page_response(std::move(items), "");
}

Result<net::Response> add_observable(Api& api, const Call& call) {
  desk::Observable draft{.type = *desk::observable_type_from(*call.text("type")),
                         .value = *call.text("value"),
                         .tlp = *desk::tlp_from(call.text_or("tlp", "amber")),
                         .note = call.text_or("note", ""),
                         .source = call.text_or("source", "")};
  TRY_ASSIGN(auto made, api.observables.add(call.parameter("id"), draft, call.who.name));
  return json_response(201, observable_json(made));
}

Result<net::Response> related_incidents(Api& api, const Call& call) {
  TRY_ASSIGN(auto all, api.observables.related(call.parameter("id")));
  json::array items;
  for (const auto& one : all) {
    json::array shared;
    for (const auto& thing : one.shared)
      shared.push_back(json::object{{"kind", thing.kind}, {"value", thing.value}});
    items.push_back(json::object{{"incident", incident_json(one.incident)}, {"shared", std::move(shared)}});
  }
  return page_response(std::move(items), "");
}

}  // namespace

Schema observable_shape() {
  return object({required("id", nullable(id())), required("incident_id", id()), required("type", type_name()),
                 required("value", text(Most::kValueBytes)),
                 required("defanged", text(4 * Most::kValueBytes)), required("tlp", tlp_label()),
                 required("note", text(Most::kNoteBytes)), required("source", nullable(id())),
                 required("added_at", nullable(time())), required("added_by", nullable(text()))});
}

std::vector<Operation> observable_operations(Api& api) {
  using enum net::Method;
  auto thing = object({required("kind", one_of({"observable", "asset", "rule"})),
                       required("value", text(4 * Most::kValueBytes))});
  return {
      {.method = kGet,
       .path = "/incidents/{id}/observables",
       .id = "incidentObservables",
       .tag = "incidents",
       .summary = "What was seen in it, with that of incidents merged into it",
       .response = page_of(reference("Observable")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto all, api.observables.list(call.parameter("id")));
         return observables_response(all);
       }},
      {.method = kPost,
       .path = "/incidents/{id}/observables",
       .id = "addObservable",
       .tag = "incidents",
       .summary = "Something that was seen; the value may be defanged",
       .role = Role::kAnalyst,
       .request = object({required("type", type_name()), required("value", text(Most::kValueBytes, 1)),
                          optional("tlp", tlp_label()), optional("note", text(Most::kNoteBytes)),
                          optional("source", nullable(shape::id()))}),
       .success = 201,
       .response = reference("Observable"),
       .handler = [&api](const Call& call) { return add_observable(api, call); }},
      {.method = kDelete,
       .path = "/incidents/{id}/observables/{observable}",
       .id = "removeObservable",
       .tag = "incidents",
       .summary = "It does not belong to it",
       .role = Role::kAnalyst,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.observables.remove(call.parameter("id"), call.parameter("observable"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/incidents/{id}/suggested-observables",
       .id = "suggestedObservables",
       .tag = "incidents",
       .summary = "What the findings of its alerts name and it does not have yet, at most 100",
       .response = page_of(reference("Observable")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto all, api.observables.suggested(call.parameter("id")));
         return observables_response(all);
       }},
      {.method = kGet,
       .path = "/incidents/{id}/related",
       .id = "relatedIncidents",
       .tag = "incidents",
       .summary = "Incidents that share observables, assets or rules with it, those first that share most; "
                  "at most 50",
       .response = page_of(
           object({required("incident", reference("Incident")), required("shared", list(std::move(thing)))})),
       .handler = [&api](const Call& call) { return related_incidents(api, call); }},
  };
}

}  // namespace vedette::server
