#include "server/api/dispatch.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "base/assert.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/refusal.h"
#include "net/url_host.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

bool unsafe(net::Method method) { return method != net::Method::kGet; }

bool json_type(std::string_view type) {
  auto name = type.substr(0, type.find(';'));
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  return name == "application/json";
}

std::vector<FieldProblem> check_query(const Operation& operation, const net::Request& request) {
  std::vector<FieldProblem> problems;
  for (const auto& [name, value] : request.query) {
    if (name == "lang") continue;
    auto known = std::ranges::find(operation.query, std::string_view(name), &QueryParameter::name);
    if (known == operation.query.end()) {
      problems.push_back({name.substr(0, 64), {"error.value.no_parameter", {}}});
      continue;
    }
    if (value.empty()) continue;
    json::value typed(value);
    if (known->schema.kind == Schema::Kind::kInteger) {
      std::int64_t number = 0;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error == std::errc() && end == value.data() + value.size()) typed = number;
    } else if (known->schema.kind == Schema::Kind::kBoolean) {
      if (value == "true" || value == "1") typed = true;
      if (value == "false" || value == "0") typed = false;
    }
    for (auto& problem : check(known->schema, typed, {}))
      problems.push_back({name, std::move(problem.detail)});
  }
  return problems;
}

// nothing: `body` holds the checked object.
std::optional<net::Response> read_body(const Operation& operation, const Components& components,
                                       const net::Request& request, Language language, json::object& body) {
  if (!operation.request) return std::nullopt;
  auto type = request.headers.find("Content-Type");
  json::value value = json::object();
  if (!request.body.empty()) {
    if (!type || !json_type(*type)) {
      return refusal(415, "media_type", language);
    }
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::error_code error;
    json::stream_parser parser({}, options);
    parser.write(request.body, error);
    if (!error) parser.finish(error);
    if (error)
      return refusal(400, "not_json", language, {},
                     {{"levels", std::to_string(kJsonDepthMax)}, {"why", error.message()}});
    value = parser.release();
  }
  auto problems = check(*operation.request, value, components);
  if (!problems.empty()) return fields_response(problems, language);
  body = std::move(value.as_object());
  return std::nullopt;
}

// A refusal with a flag of its own: the console goes by it, not by the words.
net::Response flagged(int status, const std::string& title, std::string_view detail, Language language,
                      std::string_view flag, const json::value& value) {
  json::object body{{"type", "about:blank"},
                    {"title", render({"error.title." + title, {}}, language)},
                    {"status", status},
                    {"detail", detail},
                    {flag, value}};
  auto response = json_response(status, body);
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

// `bad_token`: one was sent, and it is unknown or its time is over (RFC 6750).
net::Response unauthorized(std::string_view detail, Language language, bool setup_needed,
                           bool bad_token = false) {
  auto response = flagged(401, "unauthorized", detail, language, "setup_needed", setup_needed);
  response.headers.set("WWW-Authenticate", bad_token ? "Bearer realm=\"vedette\", error=\"invalid_token\""
                                                     : "Bearer realm=\"vedette\"");
  return response;
}

// RFC 6750, section 3.1: "scope" is what the token would need; the narrowest of what is enough.
net::Response scope_missing(const Operation& operation, Language language) {
  std::string needed(scopes_of(operation).front());
  auto response = flagged(403, "forbidden", render({"error.request.scope", {{"scope", needed}}}, language),
                          language, "missing_scope", json::value(needed));
  response.headers.set("WWW-Authenticate", insufficient_scope(needed));
  return response;
}

net::Response second_factor_first(Language language) {
  return flagged(403, "second_factor", render({"error.request.second_factor", {}}, language), language,
                 "second_factor_needed", true);
}

}  // namespace

std::string insufficient_scope(std::string_view needed) {
  return fmt::format("Bearer realm=\"vedette\", error=\"insufficient_scope\", scope=\"{}\"", needed);
}

std::optional<std::string> cookie_of(const net::Request& request, std::string_view cookie) {
  for (const auto& [name, value] : request.headers.all()) {
    if (name.size() != 6 || (name != "Cookie" && name != "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto part = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
      if (part.starts_with(cookie) && part.size() > cookie.size() && part[cookie.size()] == '=') {
        return std::string(part.substr(cookie.size() + 1));
      }
    }
  }
  return std::nullopt;
}

std::string session_cookie(const std::string& token, std::int64_t max_age_seconds) {
  return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}", kCookieName, token,
                     max_age_seconds);
}
std::string end_of_cookie() { return session_cookie("", 0); }

Language language_of(const net::Request& request, const Principal& who) {
  if (auto asked = request.query.find("lang"); asked != request.query.end())
    return language_from(asked->second);
  if (who.kind == Principal::Kind::kUser) return who.user.language;
  return language_from(request.headers.find("Accept-Language").value_or("en"));
}

bool same_origin(const net::Request& request, const std::string& public_url) {
  auto origin = request.headers.find("Origin");
  if (!origin) {
    auto site = request.headers.find("Sec-Fetch-Site");
    return site && (*site == "same-origin" || *site == "none");
  }
  auto host = request.headers.find("Host").value_or("");
  if (!host.empty() && *origin == fmt::format("{}://{}", request.secure ? "https" : "http", host))
    return true;
  auto path = public_url.find('/', public_url.find("://") + 3);
  return !public_url.empty() && *origin == public_url.substr(0, path);
}

Dispatch::Dispatch(std::vector<Operation> operations, Components components, Accounts& accounts,
                   Idempotency& idempotency, std::string public_url)
    : operations_(std::move(operations)),
      components_(std::move(components)),
      accounts_(accounts),
      idempotency_(idempotency),
      public_url_(std::move(public_url)) {
  for (const auto& operation : operations_) VEDETTE_ASSERT(operation.stream || operation.handler);
}

Result<Principal> Dispatch::identify(const net::Request& request) const {
  if (auto header = request.headers.find("Authorization")) {
    if (!header->starts_with("Bearer ")) return vedette::refuse(ErrorCode::kUnauthorized, "request.bearer");
    return accounts_.token(std::string(header->substr(7)));
  }
  if (auto cookie = cookie_of(request)) return accounts_.session(*cookie);
  return Principal();
}

std::optional<net::Response> Dispatch::refuse(const Operation& operation, const net::Request& request,
                                              const Principal& who) const {
  if (operation.open) return std::nullopt;
  auto language = language_of(request, who);
  if (!who.signed_in())
    return unauthorized(render({"error.request.sign_in", {}}, language), language,
                        accounts_.setup_needed().value_or(false));
  if (who.kind == Principal::Kind::kUser && unsafe(operation.method)) {
    auto token = request.headers.find("X-CSRF-Token").value_or("");
    if (!same_origin(request, public_url_)) return refusal(403, "wrong_origin", language);
    if (!equal_constant_time(token, who.csrf_token)) return refusal(403, "no_csrf", language);
  }
  if (operation.without_second_factor && who.lacks_second_factor) return std::nullopt;
  if (who.lacks_second_factor) return second_factor_first(language);
  if (!who.may(permission_of(operation), operation.scope)) {
    if (who.kind == Principal::Kind::kUser)
      return refusal(403, "forbidden", language, "role", {{"role", std::string(to_string(operation.role))}});
    return scope_missing(operation, language);
  }
  return std::nullopt;
}

net::Response Dispatch::answer(const Operation& operation, const net::Request& request) const {
  auto who = identify(request);
  auto language = language_of(request, who ? *who : Principal());
  if (!who && who.error().code() != ErrorCode::kUnauthorized) return problem_response(who.error(), language);
  if (!who && !operation.open)
    return unauthorized(said_in(who.error(), language), language, accounts_.setup_needed().value_or(false),
                        request.headers.find("Authorization").has_value());
  Principal nobody;
  const Principal& principal = who ? *who : nobody;
  if (auto refused = refuse(operation, request, principal)) return *std::move(refused);
  return answer_as(operation, request, principal);
}

net::Response Dispatch::answer_as(const Operation& operation, const net::Request& request,
                                  const Principal& who) const {
  if (!unsafe(operation.method) || operation.open) return run(operation, request, who);
  return idempotency_.once(request, who.name, operation.secret_response, language_of(request, who),
                           [&] { return run(operation, request, who); });
}

net::Response Dispatch::run(const Operation& operation, const net::Request& request,
                            const Principal& who) const {
  if (auto problems = check_query(operation, request); !problems.empty())
    return fields_response(problems, language_of(request, who));
  Call call{request, who, language_of(request, who), {}};
  if (auto refused = read_body(operation, components_, request, call.language, call.body))
    return *std::move(refused);
  auto result = operation.handler(call);
  if (!result) return problem_response(result.error(), call.language);
  if (!result->headers.find("Cache-Control")) result->headers.set("Cache-Control", "no-store");
  return *std::move(result);
}

std::vector<net::Route> Dispatch::routes() const {
  std::vector<net::Route> out;
  for (const auto& operation : operations_) {
    net::Route route;
    route.method = operation.method;
    route.pattern = std::string(kApiPrefix) + std::string(operation.path);
    route.body_bytes_max = operation.body_bytes_max;
    const Operation* row = &operation;
    if (operation.stream) {
      route.stream_gate = [this, row](const net::Request& request) -> std::optional<net::Response> {
        auto who = identify(request);
        if (!who) {
          auto language = language_of(request, Principal());
          return unauthorized(said_in(who.error(), language), language, false);
        }
        return refuse(*row, request, *who);
      };
    } else {
      route.handler = [this, row](const net::Request& request) { return answer(*row, request); };
    }
    out.push_back(std::move(route));
  }
  return out;
}

const Operation* Dispatch::match(net::Request& request) const {
  auto split = [](std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
      path.remove_prefix(1);
      auto part = path.substr(0, path.find('/'));
      parts.push_back(net::percent_decode(part));
      path.remove_prefix(part.size());
    }
    return parts;
  };
  std::string_view path = request.path;
  if (!path.starts_with(kApiPrefix)) return nullptr;
  auto wanted = split(path.substr(kApiPrefix.size()));
  const Operation* best = nullptr;
  for (const auto& operation : operations_) {
    auto parts = split(operation.path);
    if (operation.method != request.method || parts.size() != wanted.size()) continue;
    std::map<std::string, std::string> parameters;
    bool fits = true;
    for (std::size_t i = 0; i < parts.size() && fits; ++i) {
      bool parameter = parts[i].starts_with('{');
      if (parameter) parameters[parts[i].substr(1, parts[i].size() - 2)] = wanted[i];
      fits = parameter || parts[i] == wanted[i];
    }
    if (!fits || (best && !parameters.empty())) continue;  // a literal path goes before one with parameters
    best = &operation;
    request.parameters = std::move(parameters);
  }
  return best;
}

net::Response Dispatch::handle(net::Request request) const {
  const auto* operation = match(request);
  if (!operation || operation->stream)
    return refusal(404, "not_found", language_of(request, Principal()), "no_operation");
  return answer(*operation, request);
}

net::Response Dispatch::handle_as(net::Request request, const Principal& who) const {
  const auto* operation = match(request);
  if (!operation || operation->stream)
    return refusal(404, "not_found", language_of(request, who), "no_operation");
  return answer_as(*operation, request, who);
}

}  // namespace vedette::server
