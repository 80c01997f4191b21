// /hosts: hosts with an agent, what they see, and what was asked of them.
#include "server/api/host_json.h"
#include "server/api/host_shapes.h"
#include "server/api/hosts_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

std::vector<Operation> host_operations(Api& api) {
  using enum net::Method;
  std::vector<QueryParameter> filters{{"state", one_of({"ok", "silent", "revoked"}), "only these"},
                                      {"group", text(64), "only of this group"},
                                      {"q", text(200), "part of the name or address"}};
  for (auto& one : paging()) filters.push_back(std::move(one));
  return {
      {.method = kGet,
       .path = "/hosts",
       .id = "listHosts",
       .tag = "hosts",
       .summary = "Hosts with an agent, by name",
       .query = std::move(filters),
       .response = page_of(reference("Host")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto page, hosts->list({call.query("state"), call.query("group"), call.query("q"),
                                            call.cursor(), call.limit()}));
         json::array items;
         for (const auto& one : page.items) items.push_back(host_json(one, call.language));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/hosts/{id}",
       .id = "getHost",
       .tag = "hosts",
       .summary = "A host: what its agent sees, what is in force there and what it costs",
       .response = reference("Host"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto host, hosts->get(call.parameter("id")));
         return json_response(200, host_json(host, call.language));
       }},
      {.method = kPatch,
       .path = "/hosts/{id}",
       .id = "changeHost",
       .tag = "hosts",
       .summary = "Name a host, or put it into another group",
       .role = Role::kAdmin,
       .request = object({optional("name", text(200, 1)), optional("group", group_name())}),
       .response = reference("Host"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto host, hosts->change(call.parameter("id"), call.text("name"), call.text("group"),
                                             call.who.name));
         return json_response(200, host_json(host, call.language));
       }},
      {.method = kPost,
       .path = "/hosts/{id}/revoke",
       .id = "revokeHost",
       .tag = "hosts",
       .summary = "Take nothing from this host any more; it can only be enrolled anew",
       .role = Role::kAdmin,
       .response = reference("Host"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY(hosts->revoke(call.parameter("id"), call.who.name));
         TRY_ASSIGN(auto host, hosts->get(call.parameter("id")));
         return json_response(200, host_json(host, call.language));
       }},
      {.method = kGet,
       .path = "/hosts/{id}/incidents",
       .id = "listHostIncidents",
       .tag = "hosts",
       .summary = "Encryption attacks on a host's files, newest first",
       .query = paging(),
       .response = page_of(reference("FileIncident")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto host, hosts->get(call.parameter("id")));
         TRY_ASSIGN(auto page, hosts->incidents(host.id, call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(incident_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/hosts/{id}/commands",
       .id = "listHostCommands",
       .tag = "hosts",
       .summary = "What was asked of a host and what became of it, newest first",
       .query = paging(),
       .response = page_of(reference("HostCommand")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto host, hosts->get(call.parameter("id")));
         TRY_ASSIGN(auto page, hosts->orders().of_host(host.id, call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(host_command_json(one, call.language));
         return page_response(std::move(items), page.next_cursor);
       }},
  };
}

}  // namespace vedette::server
