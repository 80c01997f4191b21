// /users: accounts of people, for administrators.
#include "server/api/api.h"
#include "server/api/shapes.h"
#include "server/api/user_json.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

json::object user_json(const User& user) {
  return {{"id", user.id},
          {"username", user.username},
          {"display_name", user.display_name},
          {"role", to_string(user.role)},
          {"language", to_string(user.language)},
          {"disabled", user.disabled},
          {"second_factor", user.second_factor},
          {"password", user.password},
          {"provider", text_or_null(user.provider)},
          {"break_glass", user.break_glass},
          {"created_at", to_rfc3339(from_unix_ms(user.created_at))},
          {"last_sign_in_at", time_or_null(user.last_sign_in_at)}};
}

std::vector<Operation> user_operations(Api& api) {
  using enum net::Method;
  auto role = one_of(role_names());
  auto language = one_of({"vi", "en"});
  return {
      {.method = kGet,
       .path = "/users",
       .id = "listUsers",
       .tag = "users",
       .summary = "All users",
       .role = Role::kAdmin,
       .query = paging(),
       .response = page_of(reference("User")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto users, api.accounts.users(call.cursor(), call.limit()));
         json::array items;
         for (const auto& user : users) items.push_back(user_json(user));
         return page_response(std::move(items), users.size() == call.limit() ? users.back().id : "");
       }},
      {.method = kPost,
       .path = "/users",
       .id = "addUser",
       .tag = "users",
       .summary = "Add a user",
       .role = Role::kAdmin,
       .request = object({required("username", text(64, 1)), required("password", text(512, 1)),
                          required("role", role), optional("display_name", text(120)),
                          optional("language", language)}),
       .success = 201,
       .response = reference("User"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         NewUser user{*call.text("username"), *call.text("password"), call.text_or("display_name", ""),
                      *role_from(*call.text("role")), language_from(call.text_or("language", "vi"))};
         TRY_ASSIGN(auto made, api.accounts.add_user(user, call.who.name));
         return json_response(201, user_json(made));
       }},
      {.method = kPatch,
       .path = "/users/{id}",
       .id = "changeUser",
       .tag = "users",
       .summary = "Change a user; {id} may be the user name",
       .role = Role::kAdmin,
       .request = object({optional("password", text(512)), optional("role", role),
                          optional("display_name", text(120, 1)), optional("language", language),
                          optional("disabled", boolean())}),
       .response = reference("User"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         UserChange change{
             call.text("display_name"), call.text("password"), {}, {}, call.boolean("disabled")};
         if (auto wanted = call.text("role")) change.role = role_from(*wanted);
         if (auto wanted = call.text("language")) change.language = language_from(*wanted);
         TRY_ASSIGN(auto user, api.accounts.change_user(call.parameter("id"), change, call.who.name,
                                                        call.who.session_id));
         return json_response(200, user_json(user));
       }},
      {.method = kDelete,
       .path = "/users/{id}",
       .id = "removeUser",
       .tag = "users",
       .summary = "Remove a user",
       .role = Role::kAdmin,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.accounts.remove_user(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/users/break-glass",
       .id = "sealBreakGlass",
       .tag = "users",
       .summary =
           "Make the sealed way in, or seal it anew: an administrator whose every sign-in is an alarm; the "
           "password is shown once",
       .role = Role::kAdmin,
       .request = object({required("username", text(64, 1))}),
       .success = 201,
       .response = object({required("password", text(64))}),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto password, api.accounts.seal_break_glass(*call.text("username"), call.who.name));
         return json_response(201, json::object{{"password", password}});
       }},
      {.method = kGet,
       .path = "/sessions",
       .id = "listSessions",
       .tag = "users",
       .summary = "The open sessions of everybody",
       .role = Role::kAdmin,
       .query = paging(),
       .response = page_of(object({required("id", id()), required("username", text(64)),
                                   required("address", text()), required("user_agent", text(256)),
                                   required("created_at", time()), required("last_seen_at", time()),
                                   required("expires_at", time()), required("current", boolean())})),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto sessions, api.accounts.all_sessions(call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : sessions) {
           items.push_back(json::object{{"id", one.id},
                                        {"username", one.username},
                                        {"address", one.address},
                                        {"user_agent", one.user_agent},
                                        {"created_at", to_rfc3339(from_unix_ms(one.created_at))},
                                        {"last_seen_at", to_rfc3339(from_unix_ms(one.last_seen_at))},
                                        {"expires_at", to_rfc3339(from_unix_ms(one.expires_at))},
                                        {"current", one.id == call.who.session_id}});
         }
         return page_response(std::move(items), sessions.size() == call.limit() ? sessions.back().id : "");
       }},
      {.method = kDelete,
       .path = "/sessions/{id}",
       .id = "endSession",
       .tag = "users",
       .summary = "End anybody's session",
       .role = Role::kAdmin,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.accounts.end_any_session(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kDelete,
       .path = "/users/{id}/second-factor",
       .id = "resetSecondFactor",
       .tag = "users",
       .summary = "Take away the second factor of somebody who lost the device; ends their sessions",
       .role = Role::kAdmin,
       .response = reference("User"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto user, api.accounts.reset_second_factor(call.parameter("id"), call.who.name));
         return json_response(200, user_json(user));
       }},
  };
}

}  // namespace vedette::server
