#include "server/pages/pages.h"

#include <fmt/format.h>

#include "base/text/html_escape.h"
#include "model/content.h"
#include "model/refusal.h"
#include "server/api/alert_json.h"
#include "server/api/dispatch.h"
#include "server/api/session.h"
#include "server/pages/html_page.h"
#include "server/pages/oidc_pages.h"
#include "server/pages/phone.h"
#include "server/pages/sign_in_page.h"

namespace vedette::server {
namespace {

Language language_here(const net::Request& request) { return language_of(request, Principal()); }

net::Response sign_in(Api& api, const std::string& public_url, const net::Request& request) {
  auto language = language_here(request);
  auto fields = form_fields(request.body);
  auto next = next_of(fields);
  auto provider = provider_label(*api.config.current());
  // Without this another site could sign a person in under a stranger's account.
  if (!same_origin(request, public_url))
    return sign_in_page(403, language, say("wrong_origin", language), next, provider);
  SignInHint hint;
  auto in =
      api.accounts.sign_in({fields["username"], fields["password"], fields["code"]}, peer_of(request), &hint);
  if (in) return go_in(next, in->session_token, api.config.current()->session_hours_max);
  if (in.error().code() == ErrorCode::kLimit) {
    auto response = sign_in_page(429, language, too_many(language, hint), next, provider);
    response.headers.set("Retry-After", std::to_string(hint.retry_after.count() / 1000 + 1));
    return response;
  }
  if (in.error().code() == ErrorCode::kForbidden)
    return sign_in_page(403, language, html_escaped(said_in(in.error(), language)), next, provider);
  if (in.error().code() != ErrorCode::kUnauthorized)
    return sign_in_page(503, language, say("unavailable", language), next, provider);
  return sign_in_page(401, language, say(hint.code_wanted ? "code_wanted" : "wrong_password", language), next,
                      provider);
}

net::Response setup_page(int status, Language language, const std::string& token, std::string_view wrong) {
  return page(status, language, "setup",
              fmt::format("<p>{}</p>\n", say("setup_why", language)) + warning(wrong) +
                  fmt::format("<form method=\"post\" action=\"/setup/plain\">\n<input type=\"hidden\" "
                              "name=\"token\" value=\"{}\">\n",
                              html_escaped(token)) +
                  input("username", say("username", language), "text", "username") +
                  input("display_name", say("display_name", language), "text", "name") +
                  input("password", say("password", language), "password", "new-password") +
                  fmt::format("<button>{}</button>\n</form>\n", say("setup", language)));
}

net::Response set_up(Api& api, const std::string& public_url, const net::Request& request) {
  auto language = language_here(request);
  auto fields = form_fields(request.body);
  if (!same_origin(request, public_url))
    return setup_page(403, language, fields["token"], say("wrong_origin", language));
  auto user = api.accounts.use_setup_token(fields["token"], {fields["username"], fields["password"],
                                                             fields["display_name"], Role::kAdmin, language});
  if (!user) return setup_page(422, language, fields["token"], html_escaped(said_in(user.error(), language)));
  auto in = api.accounts.open_session(*user, peer_of(request));
  if (!in) return setup_page(503, language, "", html_escaped(said_in(in.error(), language)));
  return go_in("/", in->session_token, api.config.current()->session_hours_max);
}

std::string alert_text(const desk::Alert& alert, Language language) {
  auto row = [&](std::string_view key, const std::string& text) {
    return text.empty() ? std::string()
                        : fmt::format("<dt>{}</dt><dd>{}</dd>\n", say(key, language), html_escaped(text));
  };
  return fmt::format(
      "<p class=\"severity {}\">{}</p>\n<h2>{}</h2>\n<dl>\n{}{}{}{}</dl>\n", to_string(alert.severity),
      html_escaped(render(Message{"desk.severity." + std::string(to_string(alert.severity)), {}}, language)),
      html_escaped(render(alert.title, language)), row("asset", alert.asset.name),
      row("reason", render(alert.reason, language)), row("next_step", render(alert.next_step, language)),
      row("since", render_time(alert.first_at, language)));
}

net::Response link_page(const Result<desk::Alert>& alert, const net::Request& request, Language language) {
  if (!alert) {
    bool gone = alert.error().code() == ErrorCode::kNotFound || alert.error().code() == ErrorCode::kInvalid;
    return page(
        gone ? 404 : 503, language, gone ? "link_unknown" : "unavailable",
        fmt::format("<p>{}</p>\n<p><a href=\"/\">{}</a></p>\n",
                    say(gone ? "link_unknown_why" : "unavailable", language), say("open_console", language)));
  }
  std::string body = alert_text(*alert, language);
  if (alert->state == desk::AlertState::kNew) {
    body += fmt::format("<form method=\"post\" action=\"{}\"><button>{}</button></form>\n<p>{}</p>\n",
                        html_escaped(request.path), say("acknowledge", language),
                        say("acknowledge_why", language));
  } else {
    bool closed = alert->state == desk::AlertState::kClosed;
    auto at = closed ? alert->closed_at : alert->acknowledged_at;
    body += fmt::format("<p class=\"done\" role=\"status\">{}</p>\n",
                        say(closed ? "is_closed" : "is_acknowledged", language,
                            {{"by", closed ? alert->closed_by : alert->acknowledged_by},
                             {"at", at ? render_time(*at, language) : ""}}));
  }
  body += fmt::format("<p><a href=\"/alerts/{}\">{}</a></p>\n", html_escaped(alert->id),
                      say("open_console", language));
  return page(200, language, "alert", body);
}

// For programs that call an address with a token: plain text.
net::Response not_there(const Error& error, const net::Request& request) {
  return net::Response::text(error.code() == ErrorCode::kNotFound ? 404 : 503,
                             said_in(error, language_here(request)) + "\n");
}

}  // namespace

std::vector<net::Route> page_routes(Api& api, const std::string& public_url) {
  using enum net::Method;
  std::vector<net::Route> out;
  auto add = [&](net::Method method, std::string pattern, net::Handler handler) {
    out.push_back({method, std::move(pattern), std::move(handler), kFormBytesMax, {}});
  };
  add(kGet, "/plain.css", [](const net::Request&) {
    auto response = net::Response::text(200, std::string(content::content_file("pages/plain.css")));
    response.headers.set("Content-Type", "text/css; charset=utf-8");
    response.headers.set("Cache-Control", "public, max-age=3600");
    return response;
  });
  add(kGet, "/signin", [&api](const net::Request& request) {
    return sign_in_page(200, language_here(request), "", next_of(request.query),
                        provider_label(*api.config.current()));
  });
  add(kPost, "/signin",
      [&api, public_url](const net::Request& request) { return sign_in(api, public_url, request); });
  add(kGet, "/setup/plain", [](const net::Request& request) {
    auto token = request.query.find("token");
    return setup_page(200, language_here(request), token == request.query.end() ? "" : token->second, "");
  });
  add(kPost, "/setup/plain",
      [&api, public_url](const net::Request& request) { return set_up(api, public_url, request); });
  // What a phone subscribes to; the token is the credential.
  add(kGet, "/calendar/{token}", [&api](const net::Request& request) {
    auto calendar = api.rosters.calendar(request.parameters.at("token"));
    if (!calendar) return not_there(calendar.error(), request);
    auto response = net::Response::text(200, *std::move(calendar));
    response.headers.set("Content-Type", "text/calendar; charset=utf-8");
    response.headers.set("Cache-Control", "private, no-cache");
    return response;
  });
  // A sign of life of another system; the token is the credential. GET too: not every caller can post.
  for (auto method : {kGet, kPost}) {
    add(method, "/heartbeat/{token}", [&api](const net::Request& request) {
      auto taken = api.heartbeats.beat(request.parameters.at("token"));
      if (taken) return net::Response::empty(204);
      return not_there(taken.error(), request);
    });
  }
  // Showing changes nothing: mail scanners open links. The button's POST acknowledges; the token is the
  // credential.
  add(kGet, "/a/{token}", [&api](const net::Request& request) {
    return link_page(api.desk.alert_by_link(request.parameters.at("token")), request, language_here(request));
  });
  add(kPost, "/a/{token}", [&api](const net::Request& request) {
    return link_page(api.desk.acknowledge_by_link(request.parameters.at("token")), request,
                     language_here(request));
  });
  for (auto& route : phone_routes(api, public_url)) out.push_back(std::move(route));
  return out;
}

}  // namespace vedette::server
