// /log-searches: searches of the events that people keep, for themselves or for all.
#include "server/api/api.h"
#include "server/logs/log_service.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::int64_t kQueryBytesMax = 4'000;

Schema search_shape() {
  return object({required("id", id()), required("name", text(120)), required("query", text(kQueryBytesMax)),
                 required("shared", boolean()), required("owner", text(200)), required("mine", boolean()),
                 required("updated_at", time())});
}
Schema search_body() {
  return object({required("name", text(120, 1)), required("query", text(kQueryBytesMax)),
                 optional("shared", boolean())});
}
json::object search_json(const SavedSearch& search, const Call& call) {
  return {{"id", search.id},
          {"name", search.name},
          {"query", search.query},
          {"shared", search.shared},
          {"owner", search.owner},
          {"mine", search.owner == call.who.name},
          {"updated_at", to_rfc3339(search.updated_at)}};
}
SavedSearch search_of(const Call& call) {
  SavedSearch out;
  out.owner = call.who.name;
  out.name = *call.text("name");
  out.query = *call.text("query");
  out.shared = call.boolean("shared").value_or(false);
  return out;
}

}  // namespace

std::vector<Operation> log_search_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/log-searches",
       .id = "listLogSearches",
       .tag = "logs",
       .summary = "The searches you keep, and those shared with all, by name",
       .role = Role::kAnalyst,
       .response = page_of(search_shape()),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         TRY_ASSIGN(auto searches, api.logs->searches().of(call.who.name));
         json::array items;
         for (const auto& one : searches) items.push_back(search_json(one, call));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/log-searches",
       .id = "addLogSearch",
       .tag = "logs",
       .summary = "Keep a search",
       .role = Role::kAnalyst,
       .request = search_body(),
       .success = 201,
       .response = search_shape(),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         TRY_ASSIGN(auto search, api.logs->searches().add(search_of(call)));
         return json_response(201, search_json(search, call));
       }},
      {.method = kPut,
       .path = "/log-searches/{id}",
       .id = "changeLogSearch",
       .tag = "logs",
       .summary = "Put another search, name or audience in place of one of yours",
       .role = Role::kAnalyst,
       .request = search_body(),
       .response = search_shape(),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         auto search = search_of(call);
         search.id = call.parameter("id");
         TRY_ASSIGN(auto changed, api.logs->searches().change(std::move(search)));
         return json_response(200, search_json(changed, call));
       }},
      {.method = kDelete,
       .path = "/log-searches/{id}",
       .id = "removeLogSearch",
       .tag = "logs",
       .summary = "Remove one of yours; an administrator removes any",
       .role = Role::kAnalyst,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         TRY(api.logs->searches().remove(call.parameter("id"), call.who.name,
                                         call.who.may({"logs", Role::kAdmin, false})));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
