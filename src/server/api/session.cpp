// /session, /me: signing in and out, and one's own settings and sessions.
#include "server/api/session.h"

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/dispatch.h"
#include "server/api/shapes.h"
#include "server/api/user_json.h"
#include "server/pages/oidc_pages.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

Peer peer_of(const net::Request& request) {
  return {request.remote_address, std::string(request.headers.find("User-Agent").value_or(""))};
}

namespace {

json::value role_or_null(const std::optional<Role>& role) {
  return role ? json::value(to_string(*role)) : json::value();
}
json::object reach_json(const Reach& reach) {
  return {{"read", role_or_null(reach.read)}, {"change", role_or_null(reach.change)}};
}
// The row of the table of roles, for the console: what it offers is what the API lets through.
json::object rights_json(Role role) {
  auto out = reach_json(reach_of(role, ""));
  json::object areas;
  for (const auto& one : areas_of(role)) areas[one.area] = reach_json(one.reach);
  out["areas"] = std::move(areas);
  return out;
}

}  // namespace

net::Response signed_in_response(Api& api, int status, const Principal& who,
                                 const std::string& session_token) {
  auto due = who.provider_factor ? std::nullopt : api.accounts.second_factor_due(who.user);
  json::object body{{"user", user_json(who.user)},
                    {"rights", rights_json(who.user.role)},
                    {"csrf_token", who.csrf_token},
                    {"setup_needed", false},
                    {"second_factor_due", time_or_null(due)},
                    {"second_factor_needed", who.lacks_second_factor},
                    {"version", api.version}};
  auto response = json_response(status, body);
  if (!session_token.empty())
    response.headers.add("Set-Cookie",
                         session_cookie(session_token, api.config.current()->session_hours_max * 3600));
  return response;
}

net::Response sign_in_refused(const Error& error, Language language, const SignInHint& hint) {
  auto response = problem_response(error, language);
  if (error.code() == ErrorCode::kLimit)
    response.headers.set("Retry-After", std::to_string(hint.retry_after.count() / 1000 + 1));
  auto body = json::parse(response.body).as_object();
  body["code_wanted"] = hint.code_wanted;
  response.body = json::serialize(body);
  return response;
}

Result<void> person(const Call& call) {
  if (call.who.kind != Principal::Kind::kUser) return refuse(ErrorCode::kForbidden, "request.person");
  return {};
}

std::vector<Operation> session_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/session",
       .id = "getSession",
       .tag = "session",
       .summary = "Who is signed in",
       .without_second_factor = true,
       .response = reference("Session"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         return signed_in_response(api, 200, call.who, "");
       }},
      {.method = kPost,
       .path = "/session",
       .id = "signIn",
       .tag = "session",
       .summary = "Sign in; sets the session cookie",
       .open = true,
       .request = object({required("username", text(200, 1)), required("password", text(512, 1)),
                          optional("code", text(64))}),
       .response = reference("Session"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         SignInHint hint;
         auto in =
             api.accounts.sign_in({*call.text("username"), *call.text("password"), call.text_or("code", "")},
                                  peer_of(call.request), &hint);
         if (!in) return sign_in_refused(in.error(), call.language, hint);
         return signed_in_response(api, 200, in->principal, in->session_token);
       }},
      {.method = kGet,
       .path = "/sign-in",
       .id = "getWaysToSignIn",
       .tag = "session",
       .summary = "How one may sign in here, beside a user name and a password",
       .open = true,
       .response = object({required(
           "provider", nullable(object({required("label", text(200)), required("path", text(200))})))}),
       .handler = [&api](const Call&) -> Result<net::Response> {
         auto label = provider_label(*api.config.current());
         json::value provider;
         if (!label.empty()) provider = json::object{{"label", label}, {"path", "/signin/oidc"}};
         return json_response(200, json::object{{"provider", provider}});
       }},
      {.method = kDelete,
       .path = "/session",
       .id = "signOut",
       .tag = "session",
       .summary = "Sign out",
       .without_second_factor = true,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         if (auto cookie = cookie_of(call.request)) TRY(api.accounts.sign_out(*cookie));
         auto response = net::Response::empty(204);
         response.headers.add("Set-Cookie", end_of_cookie());
         return response;
       }},
      {.method = kPatch,
       .path = "/me",
       .id = "changeMe",
       .tag = "session",
       .summary = "Change one's own name, language or password",
       .without_second_factor = true,
       .request = object({optional("display_name", text(120, 1)), optional("language", one_of({"vi", "en"})),
                          optional("password", text(512)), optional("current_password", text(512))}),
       .response = reference("User"),
       .secret_response = false,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         UserChange change{call.text("display_name"), call.text("password"), {}, {}, {}};
         if (auto language = call.text("language")) change.language = language_from(*language);
         if (change.password) {
           TRY_ASSIGN(bool fits,
                      api.accounts.password_fits(call.who.user.id, call.text_or("current_password", "")));
           if (!fits)
             return fields_response({{"current_password", {"error.value.not_password", {}}}}, call.language);
         }
         TRY_ASSIGN(auto user,
                    api.accounts.change_user(call.who.user.id, change, call.who.name, call.who.session_id));
         return json_response(200, user_json(user));
       }},
      {.method = kGet,
       .path = "/me/sessions",
       .id = "listMySessions",
       .tag = "session",
       .summary = "One's own sessions",
       .response = page_of(
           object({required("id", id()), required("address", text()), required("user_agent", text(256)),
                   required("created_at", time()), required("last_seen_at", time()),
                   required("expires_at", time()), required("current", boolean())})),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY_ASSIGN(auto sessions, api.accounts.sessions(call.who.user.id));
         json::array items;
         for (const auto& one : sessions) {
           items.push_back(json::object{{"id", one.id},
                                        {"address", one.address},
                                        {"user_agent", one.user_agent},
                                        {"created_at", to_rfc3339(from_unix_ms(one.created_at))},
                                        {"last_seen_at", to_rfc3339(from_unix_ms(one.last_seen_at))},
                                        {"expires_at", to_rfc3339(from_unix_ms(one.expires_at))},
                                        {"current", one.id == call.who.session_id}});
         }
         return page_response(std::move(items), "");
       }},
      {.method = kDelete,
       .path = "/me/sessions/{id}",
       .id = "endMySession",
       .tag = "session",
       .summary = "End one of one's own sessions",
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY(api.accounts.end_session(call.who.user.id, call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

std::vector<Operation> setup_operations(Api& api) {
  return {
      {.method = net::Method::kPost,
       .path = "/setup",
       .id = "setUp",
       .tag = "session",
       .summary = "Create the first administrator with the one-time link",
       .open = true,
       .request = object({required("token", text(200, 1)), required("username", text(64, 1)),
                          required("password", text(512, 1)), optional("display_name", text(120)),
                          optional("language", one_of({"vi", "en"}))}),
       .success = 201,
       .response = reference("Session"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         NewUser user{*call.text("username"), *call.text("password"), call.text_or("display_name", ""),
                      Role::kAdmin, language_from(call.text_or("language", "vi"))};
         TRY_ASSIGN(auto made, api.accounts.use_setup_token(*call.text("token"), user));
         TRY_ASSIGN(auto in, api.accounts.open_session(made, peer_of(call.request)));
         return signed_in_response(api, 201, in.principal, in.session_token);
       }},
      {.method = net::Method::kPost,
       .path = "/setup/link",
       .id = "makeSetupLink",
       .tag = "session",
       .summary = "Make the one-time link anew, while there is no user",
       .role = Role::kAdmin,
       .success = 201,
       .response = object({required("token", text())}),
       .secret_response = true,
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto token, api.accounts.make_setup_token());
         return json_response(201, json::object{{"token", token}});
       }},
  };
}

}  // namespace vedette::server
