// /sites/{id}/approve, /ignores, /windows: what the operator answers the watch.
#include "server/api/api.h"
#include "server/api/shapes.h"
#include "server/api/site_json.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {
json::object ignore_json(const sites::IgnoreRule& rule) {
  return {{"id", rule.id},
          {"where", rule.where},
          {"reason", rule.reason},
          {"by", rule.by},
          {"at", to_rfc3339(rule.at)}};
}
}  // namespace

std::vector<Operation> site_answer_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kPost,
       .path = "/sites/{id}/approve",
       .id = "approveSnapshot",
       .tag = "sites",
       .summary = "This version is right, for ever",
       .role = Role::kLead,
       .request = object({required("snapshot_id", id())}),
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.sites.approve(
             call.parameter("id"), *call.text("snapshot_id"), call.who.name,
             api.audited(call, "site.approve", {{"snapshot_id", *call.text("snapshot_id")}})));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/sites/{id}/ignores",
       .id = "listIgnores",
       .tag = "sites",
       .summary = "Elements that never alarm",
       .response = page_of(reference("Ignore")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto rules, api.sites.ignores(call.parameter("id")));
         json::array items;
         for (const auto& rule : rules) items.push_back(ignore_json(rule));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/sites/{id}/ignores",
       .id = "addIgnore",
       .tag = "sites",
       .summary = "Never alarm on this element again",
       .role = Role::kLead,
       .request = object({required("where", text(4096, 1)), required("reason", text(1000, 1))}),
       .success = 201,
       .response = reference("Ignore"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto rule,
                    api.sites.ignore(
                        call.parameter("id"), *call.text("where"), *call.text("reason"), call.who.name,
                        api.audited(call, "site.ignore",
                                    {{"where", *call.text("where")}, {"reason", *call.text("reason")}})));
         return json_response(201, ignore_json(rule));
       }},
      {.method = kDelete,
       .path = "/sites/{id}/ignores/{ignore_id}",
       .id = "removeIgnore",
       .tag = "sites",
       .summary = "Let this element alarm again",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.sites.unignore(
             call.parameter("id"), call.parameter("ignore_id"), call.who.name,
             api.audited(call, "site.unignore", {{"ignore_id", call.parameter("ignore_id")}})));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/sites/{id}/windows",
       .id = "openWindow",
       .tag = "sites",
       .summary = "Open a change window; what a CI pipeline posts before it deploys",
       .role = Role::kLead,
       .scope = scope::kSitesDeploy,
       .request = object({required("minutes", integer(1, 7 * 24 * 60)), required("reason", text(1000, 1))}),
       .success = 201,
       .response = reference("Site"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         const auto& site_id = call.parameter("id");
         TRY(api.sites.open_window(
             site_id, std::chrono::minutes(*call.integer("minutes")), *call.text("reason"), call.who.name,
             api.audited(call, "site.window.open",
                         {{"minutes", *call.integer("minutes")}, {"reason", *call.text("reason")}})));
         TRY_ASSIGN(auto site, api.sites.get(site_id));
         return json_response(201, site_json(site, call.language, 0));
       }},
      {.method = kDelete,
       .path = "/sites/{id}/windows",
       .id = "closeWindow",
       .tag = "sites",
       .summary = "Close the change window now",
       .role = Role::kLead,
       .scope = scope::kSitesDeploy,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.sites.close_window(call.parameter("id"), call.who.name,
                                    api.audited(call, "site.window.close")));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
