// /tokens: API tokens with scopes.
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {
json::object token_json(const ApiToken& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"scopes", text_list(token.scopes)},
          {"created_by", token.created_by},
          {"created_at", to_rfc3339(from_unix_ms(token.created_at))},
          {"last_used_at", time_or_null(token.last_used_at)},
          {"expires_at", time_or_null(token.expires_at)}};
}
}  // namespace

std::vector<Operation> token_operations(Api& api) {
  using enum net::Method;
  auto answer = object({required("id", id()), required("name", text()),
                        required("scopes", list(scope_name(), 40)), required("created_by", text()),
                        required("created_at", time()), required("last_used_at", nullable(time())),
                        required("expires_at", nullable(time())), required("token", text())});
  return {
      {.method = kGet,
       .path = "/token-scopes",
       .id = "listTokenScopes",
       .tag = "tokens",
       .summary = "The scopes a token can be given, from the narrowest to the widest",
       .role = Role::kAdmin,
       .response = page_of(object({required("name", scope_name())})),
       .handler = [](const Call&) -> Result<net::Response> {
         json::array items;
         for (auto name : scope_names()) items.push_back(json::object{{"name", name}});
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/tokens",
       .id = "listTokens",
       .tag = "tokens",
       .summary = "All API tokens",
       .role = Role::kAdmin,
       .query = paging(),
       .response = page_of(reference("Token")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto tokens, api.accounts.tokens(call.cursor(), call.limit()));
         json::array items;
         for (const auto& token : tokens) items.push_back(token_json(token));
         return page_response(std::move(items), tokens.size() == call.limit() ? tokens.back().id : "");
       }},
      {.method = kPost,
       .path = "/tokens",
       .id = "addToken",
       .tag = "tokens",
       .summary = "Make an API token; it is shown once",
       .role = Role::kAdmin,
       .request = object({required("name", text(120, 1)), required("scopes", list(scope_name(), 40)),
                          optional("expires_at", nullable(time()))}),
       .success = 201,
       .response = std::move(answer),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         std::vector<std::string> scopes;
         for (const auto& one : call.body.at("scopes").as_array()) scopes.emplace_back(one.as_string());
         std::optional<std::int64_t> expires;
         if (auto text = call.text("expires_at")) {
           TRY_ASSIGN(auto time, parse_rfc3339(*text));
           if (time <= api.clock.wall())
             return fields_response({{"expires_at", {"error.value.past", {}}}}, call.language);
           expires = to_unix_ms(time);
         }
         TRY_ASSIGN(auto made, api.accounts.make_token(*call.text("name"), scopes, expires, call.who.name));
         auto body = token_json(made.token);
         body["token"] = made.secret;
         return json_response(201, body);
       }},
      {.method = kDelete,
       .path = "/tokens/{id}",
       .id = "removeToken",
       .tag = "tokens",
       .summary = "Revoke an API token",
       .role = Role::kAdmin,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.accounts.remove_token(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
