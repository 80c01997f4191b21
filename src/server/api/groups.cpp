// /groups: what the agents of a group of hosts guard, and how.
#include "server/api/host_json.h"
#include "server/api/host_shapes.h"
#include "server/api/hosts_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

std::vector<std::string> paths(const Call& call, std::string_view field) {
  std::vector<std::string> out;
  for (const auto& one : call.body.at(field).as_array()) out.emplace_back(one.as_string());
  return out;
}

}  // namespace

std::vector<Operation> group_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/groups",
       .id = "listGroups",
       .tag = "hosts",
       .summary = "Groups of hosts with their policies",
       .response = page_of(reference("Policy")),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto groups, hosts->groups());
         json::array items;
         for (const auto& one : groups) items.push_back(group_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPut,
       .path = "/groups/{group}",
       .id = "setGroupPolicy",
       .tag = "hosts",
       .summary = "What the hosts of a group guard, and how; makes the group when it is new",
       .role = Role::kAdmin,
       .request = policy_input(),
       .response = reference("Policy"),
       .body_bytes_max = 1 << 20,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         Policy policy;
         policy.group = call.parameter("group");
         policy.mode = *call.text("mode");
         policy.trees = paths(call, "trees");
         policy.exclude = paths(call, "exclude");
         policy.vault_bytes = *call.integer("vault_bytes");
         policy.web_roots = paths(call, "web_roots");
         policy.web_root_discovery = *call.boolean("web_root_discovery");
         // Who does not speak of logs leaves them as they are.
         TRY_ASSIGN(const auto groups, hosts->groups());
         const auto known =
             std::ranges::find(groups, policy.group, [](const auto& one) { return one.policy.group; });
         if (known != groups.end()) {
           policy.log_files = known->policy.log_files;
           policy.journal = known->policy.journal;
         }
         if (const auto journal = call.boolean("journal")) policy.journal = *journal;
         if (const auto* logs = call.body.if_contains("log_files")) {
           policy.log_files.clear();
           for (const auto& one : logs->as_array())
             policy.log_files.push_back(
                 {std::string(one.at("pattern").as_string()), std::string(one.at("format").as_string())});
         }
         TRY_ASSIGN(auto saved, hosts->save_group(policy, call.who.name));
         return json_response(200, group_json(saved));
       }},
  };
}

}  // namespace vedette::server
