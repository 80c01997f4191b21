// /heartbeats: other systems whose sign of life is waited for.
#include "server/api/api.h"
#include "server/api/heartbeat_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::HeartbeatLimits;

std::string_view state_of(const desk::Heartbeat& heartbeat) {
  if (heartbeat.paused) return "paused";
  if (heartbeat.missing) return "missing";
  return heartbeat.last_at ? "alive" : "waiting";
}

json::object heartbeat_json(const desk::Heartbeat& heartbeat) {
  return {{"id", heartbeat.id},
          {"name", heartbeat.name},
          {"every_seconds", heartbeat.every.count()},
          {"grace_seconds", heartbeat.grace.count()},
          {"severity", to_string(heartbeat.severity)},
          {"paused", heartbeat.paused},
          {"state", state_of(heartbeat)},
          {"last_at", time_or_null(heartbeat.last_at)},
          {"by", heartbeat.made_by},
          {"created_at", to_rfc3339(heartbeat.created_at)}};
}

Schema heartbeat_input() {
  return object({required("name", text(Limits::kNameBytes, 1)),
                 required("every_seconds", integer(Limits::kEveryLeast.count(), Limits::kEveryMost.count())),
                 optional("grace_seconds", integer(0, Limits::kGraceMost.count())),
                 optional("severity", severity_name()), optional("paused", boolean())});
}

desk::Heartbeat heartbeat_of(const Call& call) {
  desk::Heartbeat out;
  out.name = *call.text("name");
  out.every = std::chrono::seconds(call.integer("every_seconds").value_or(out.every.count()));
  out.grace = std::chrono::seconds(call.integer("grace_seconds").value_or(out.grace.count()));
  out.severity = severity_from(call.text_or("severity", "high")).value_or(Severity::kHigh);
  out.paused = call.boolean("paused").value_or(false);
  return out;
}

}  // namespace

Schema heartbeat_shape() {
  return object(
      {required("id", id()), required("name", text(Limits::kNameBytes)), required("every_seconds", count()),
       required("grace_seconds", count()), required("severity", severity_name()),
       required("paused", boolean()), required("state", one_of({"waiting", "alive", "missing", "paused"})),
       required("last_at", nullable(time())), required("by", text()), required("created_at", time())});
}

std::vector<Operation> heartbeat_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/heartbeats",
       .id = "listHeartbeats",
       .tag = "heartbeats",
       .summary = "Systems whose sign of life is waited for; their addresses are shown once",
       .response = page_of(reference("Heartbeat")),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto found, api.heartbeats.heartbeats());
         json::array items;
         for (const auto& one : found) items.push_back(heartbeat_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/heartbeats",
       .id = "addHeartbeat",
       .tag = "heartbeats",
       .summary = "Wait for a system's sign of life; the answer holds the secret address it calls",
       .role = Role::kLead,
       .request = heartbeat_input(),
       .success = 201,
       .response = object({required("heartbeat", reference("Heartbeat")), required("path", text(200))}),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto heartbeat = heartbeat_of(call);
         heartbeat.made_by = call.who.name;
         TRY_ASSIGN(auto made, api.heartbeats.add(std::move(heartbeat)));
         return json_response(201, json::object{{"heartbeat", heartbeat_json(made.first)},
                                                {"path", "/heartbeat/" + made.second}});
       }},
      {.method = kPut,
       .path = "/heartbeats/{id}",
       .id = "setHeartbeat",
       .tag = "heartbeats",
       .summary = "Change name, times, severity or pause; the address stays",
       .role = Role::kLead,
       .request = heartbeat_input(),
       .response = reference("Heartbeat"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto heartbeat = heartbeat_of(call);
         heartbeat.id = call.parameter("id");
         TRY_ASSIGN(auto saved, api.heartbeats.change(heartbeat, call.who.name));
         return json_response(200, heartbeat_json(saved));
       }},
      {.method = kDelete,
       .path = "/heartbeats/{id}",
       .id = "removeHeartbeat",
       .tag = "heartbeats",
       .summary = "Wait for it no more; its address is nobody's",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.heartbeats.remove(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
