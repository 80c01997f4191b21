// /escalation-policies: who is told, by what, and when the next.
#include "desk/escalation/policies.h"

#include "desk/escalation/policy_json.h"
#include "server/api/api.h"
#include "server/api/policy_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

std::vector<SchemaField> policy_fields() {
  auto target = object({required("kind", one_of({"channel", "person", "tier"})), required("id", id()),
                        optional("tier", text(32))});
  auto targets = list(target, 50);
  auto step = object({required("after_minutes", integer(0, 10'080)), required("targets", targets)});
  return {required("name", text(120, 1)),
          required("steps", list(std::move(step), 20)),
          optional("repeat_last_minutes", integer(0, 10'080)),
          optional("least", severity_name()),
          optional("fallback", targets),
          optional("acknowledge_minutes", integer(0, 10'080)),
          optional("watches", list(one_of({"sites", "files", "logs", "patches", "messages", "desk"}), 6))};
}

json::object shown(const desk::EscalationPolicy& policy) {
  auto out = desk::policy_json(policy);
  out["id"] = policy.id;
  out["version"] = policy.version;
  return out;
}

// The schema has let it through: what is wrong now is ours.
Result<desk::EscalationPolicy> policy_of(const Call& call) { return desk::policy_from(call.body); }

json::object step_json(const desk::SimulatedStep& step) {
  json::array messages;
  for (const auto& one : step.messages)
    messages.push_back(
        json::object{{"channel", one.channel}, {"target", one.target}, {"person", text_or_null(one.person)}});
  return {{"at", to_rfc3339(step.at)},
          {"messages", std::move(messages)},
          {"nobody", text_list(step.nobody)},
          {"by_fallback", step.by_fallback}};
}

}  // namespace

Schema escalation_policy_shape() {
  auto fields = policy_fields();
  for (auto& field : fields) field.required = true;
  fields.push_back(required("id", text(36, 1)));
  fields.push_back(required("version", count()));
  return object(std::move(fields));
}

Schema policy_version_shape() {
  return object(
      {required("policy", reference("EscalationPolicy")), required("by", text()), required("at", time())});
}

Schema simulated_step_shape() {
  auto message = object({required("channel", text(400)), required("target", text(400)),
                         required("person", nullable(text(200)))});
  return object({required("at", time()), required("messages", list(std::move(message), 10'000)),
                 required("nobody", list(text(600), 50)), required("by_fallback", boolean())});
}

std::vector<Operation> policy_operations(Api& api) {
  using enum net::Method;
  auto policies = std::make_shared<desk::Policies>(api.database, api.clock);
  return {
      {.method = kGet,
       .path = "/escalation-policies",
       .id = "listEscalationPolicies",
       .tag = "escalation",
       .summary = "The newest version of each policy",
       .response = page_of(reference("EscalationPolicy")),
       .handler = [policies](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto found, policies->policies());
         json::array items;
         for (const auto& one : found) items.push_back(shown(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/escalation-policies",
       .id = "addEscalationPolicy",
       .tag = "escalation",
       .summary = "A policy for the alerts of the watches it names",
       .role = Role::kLead,
       .request = object(policy_fields()),
       .success = 201,
       .response = reference("EscalationPolicy"),
       .handler = [policies](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto policy, policy_of(call));
         TRY_ASSIGN(auto saved, policies->save(policy, call.who.name));
         return json_response(201, shown(saved));
       }},
      {.method = kGet,
       .path = "/escalation-policies/{id}",
       .id = "getEscalationPolicy",
       .tag = "escalation",
       .summary = "The newest version of one; \"default\" takes what no other does",
       .response = reference("EscalationPolicy"),
       .handler = [policies](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto policy, policies->policy(call.parameter("id")));
         return json_response(200, shown(policy));
       }},
      {.method = kGet,
       .path = "/escalation-policies/{id}/versions",
       .id = "listPolicyVersions",
       .tag = "escalation",
       .summary = "What it was before, newest first; an alert keeps the version it began with",
       .response = page_of(reference("PolicyVersion")),
       .handler = [policies](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, policies->versions(call.parameter("id")));
         json::array items;
         for (const auto& one : found)
           items.push_back(
               json::object{{"policy", shown(one.policy)}, {"by", one.by}, {"at", to_rfc3339(one.at)}});
         return page_response(std::move(items), "");
       }},
      {.method = kPut,
       .path = "/escalation-policies/{id}",
       .id = "setEscalationPolicy",
       .tag = "escalation",
       .summary = "Add a version; alerts that climb already keep theirs",
       .role = Role::kLead,
       .request = object(policy_fields()),
       .response = reference("EscalationPolicy"),
       .handler = [policies](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto policy, policy_of(call));
         policy.id = call.parameter("id");
         TRY_ASSIGN(auto saved, policies->save(policy, call.who.name));
         return json_response(200, shown(saved));
       }},
      {.method = kDelete,
       .path = "/escalation-policies/{id}",
       .id = "removeEscalationPolicy",
       .tag = "escalation",
       .summary = "Its watches go back to \"default\"",
       .role = Role::kLead,
       .success = 204,
       .handler = [policies](const Call& call) -> Result<net::Response> {
         TRY(policies->remove(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/escalation-policies/simulate",
       .id = "simulateEscalationPolicy",
       .tag = "escalation",
       .summary = "Who would be told, when and by what, if an alert were raised then; nothing is sent",
       .only_reads = true,
       .query = {{"at", time(), "when the alert is raised; now if not given"}},
       .request = object(policy_fields()),
       .response = page_of(reference("SimulatedStep")),
       .handler = [policies, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto policy, policy_of(call));
         auto at = api.clock.wall();
         if (auto text = call.query("at"); !text.empty()) {
           TRY_ASSIGN(at, parse_rfc3339(text));
         }
         TRY_ASSIGN(auto steps, policies->simulate(policy, at));
         json::array items;
         for (const auto& one : steps) items.push_back(step_json(one));
         return page_response(std::move(items), "");
       }},
  };
}

}  // namespace vedette::server
