#include "server/pages/phone.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text/html_escape.h"
#include "desk/phone_number.h"
#include "model/refusal.h"
#include "server/api/dispatch.h"
#include "server/pages/html_page.h"
#include "server/pages/pages.h"

namespace vedette::server {
namespace {

constexpr Permission kAnswering{"alerts", Role::kAnalyst, false};

constexpr std::size_t kAlertsShown = 30;

// Nobody: an expired or missing session, or one that must first set up a second factor (in the console).
Principal person_of(Api& api, const net::Request& request) {
  auto cookie = cookie_of(request);
  auto who = cookie ? api.accounts.session(*cookie) : Result<Principal>(Principal());
  return who && !who->lacks_second_factor ? *std::move(who) : Principal();
}

std::string called(const desk::Person& person, Language language) {
  if (person.phone.empty()) return {};
  return fmt::format(" <a class=\"call\" href=\"tel:{}\">{}</a>", desk::dialled(person.phone),
                     say("call", language, {{"name", person.name}}));
}

std::string one_on_duty(std::string_view label, const desk::Shift& shift,
                        const std::vector<desk::Person>& people, Language language, bool now) {
  auto person = std::ranges::find(people, shift.person, &desk::Person::id);
  if (person == people.end())
    return fmt::format("<dt>{}</dt><dd class=\"warning\">{}</dd>\n", label, say("nobody", language));
  auto when =
      say(now ? "until" : "from", language, {{"at", render_time(now ? shift.to : shift.from, language)}});
  return fmt::format("<dt>{}</dt><dd><strong>{}</strong>{} <small>{}</small>{}</dd>\n", label,
                     html_escaped(person->name),
                     shift.on_leave ? fmt::format(" ({})", say("on_leave", language)) : std::string(), when,
                     called(*person, language));
}

Result<std::string> duty(Api& api, Language language) {
  TRY_ASSIGN(auto rosters, api.rosters.rosters());
  TRY_ASSIGN(auto people, api.rosters.people());
  std::string out;
  for (const auto& roster : rosters) {
    TRY_ASSIGN(auto tiers, api.rosters.on_call(roster.id, api.clock.wall()));
    out += fmt::format("<h3>{}</h3>\n<dl>\n", html_escaped(roster.name));
    for (const auto& tier : tiers) {
      auto name = tier.tier_name.empty() ? tier.tier : tier.tier_name;
      out += one_on_duty(html_escaped(name), tier.now, people, language, true);
      if (tier.next)
        out +=
            one_on_duty(say("next_on_duty", language, {{"tier", name}}), *tier.next, people, language, false);
    }
    out += "</dl>\n";
  }
  return out.empty() ? fmt::format("<p>{}</p>\n", say("no_roster", language)) : out;
}

std::string button(const desk::Alert& alert, const Principal& who, Language language) {
  if (alert.state != desk::AlertState::kNew || !who.may(kAnswering)) return {};
  return fmt::format(
      "<form method=\"post\" action=\"/phone/acknowledge\"><input type=\"hidden\" name=\"alert\" "
      "value=\"{}\"><input type=\"hidden\" name=\"csrf\" value=\"{}\"><button>{}</button></form>\n",
      html_escaped(alert.id), html_escaped(who.csrf_token), say("acknowledge", language));
}

std::string one_alert(const desk::Alert& alert, const Principal& who, Language language) {
  auto next = alert.state == desk::AlertState::kNew && alert.next_step_at
                  ? say("next_call", language, {{"at", render_time(*alert.next_step_at, language)}})
                  : std::string();
  return fmt::format(
      "<li><p class=\"severity {}\">{}</p>\n<h3><a href=\"/alerts/{}\">{}</a></h3>\n<p>{} · {}</p>\n{}"
      "<details><summary>{}</summary><p>{}</p><p>{}</p></details>\n{}</li>\n",
      to_string(alert.severity),
      html_escaped(render(Message{"desk.severity." + std::string(to_string(alert.severity)), {}}, language)),
      html_escaped(alert.id), html_escaped(render(alert.title, language)), html_escaped(alert.asset.name),
      html_escaped(render_time(alert.last_at, language)),
      next.empty() ? std::string() : fmt::format("<p class=\"next\">{}</p>\n", next), say("reason", language),
      html_escaped(render(alert.reason, language)), html_escaped(render(alert.next_step, language)),
      button(alert, who, language));
}

Result<std::string> alerts(Api& api, const desk::AlertQuery& query, std::string_view none_key,
                           const Principal& who, Language language) {
  TRY_ASSIGN(auto listing, api.desk.alerts(query));
  if (listing.items.empty()) return fmt::format("<p class=\"done\">{}</p>\n", say(none_key, language));
  std::string out = "<ul class=\"alerts\">\n";
  for (const auto& alert : listing.items) out += one_alert(alert, who, language);
  out += "</ul>\n";
  if (!listing.next_cursor.empty())
    out += fmt::format("<p><a href=\"/alerts\">{}</a></p>\n", say("more_alerts", language));
  return out;
}

// `said` is HTML that comes first.
Result<std::string> body_of(Api& api, const Principal& who, Language language, const std::string& said) {
  TRY_ASSIGN(auto fresh, alerts(api,
                                {.state = "new",
                                 .include_snoozed = false,
                                 .order = desk::AlertOrder::kGravest,
                                 .limit = kAlertsShown},
                                "no_alerts", who, language));
  TRY_ASSIGN(auto mine, alerts(api,
                               {.state = "acknowledged",
                                .acknowledged_by = who.name,
                                .order = desk::AlertOrder::kGravest,
                                .limit = kAlertsShown},
                               "none_of_mine", who, language));
  TRY_ASSIGN(auto on_duty, duty(api, language));
  return fmt::format(
      "{}<p><a href=\"{}\">{}</a> · {}</p>\n<h2>{}</h2>\n{}<h2>{}</h2>\n{}<h2>{}</h2>\n{}<p><a "
      "href=\"/\">{}</a></p>\n",
      said, kPhonePath, say("reload", language),
      say("as_of", language, {{"at", render_time(api.clock.wall(), language)}}), say("unanswered", language),
      fresh, say("on_duty", language), on_duty, say("mine", language), mine, say("open_console", language));
}

net::Response shown(Api& api, const Principal& who, Language language, int status, const std::string& said) {
  if (!who.may({"alerts", Role::kViewer}))
    return page(403, language, "phone", warning(say("not_for_role", language)));
  auto body = body_of(api, who, language, said);
  if (!body) return page(503, language, "phone", warning(say("unavailable", language)));
  auto response = page(status, language, "phone", *body);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

net::Response acknowledge(Api& api, const std::string& public_url, const net::Request& request) {
  auto who = person_of(api, request);
  if (!who.signed_in()) return see_other("/signin?next=/phone");
  auto language = language_of(request, who);
  auto fields = form_fields(request.body);
  if (!same_origin(request, public_url) || !equal_constant_time(fields["csrf"], who.csrf_token))
    return shown(api, who, language, 403, warning(say("wrong_origin", language)));
  if (!who.may(kAnswering)) return shown(api, who, language, 403, warning(say("not_allowed", language)));
  auto alert = api.desk.acknowledge(fields["alert"], who.name, "");
  if (alert) return see_other(kPhonePath);
  return shown(api, who, language, 409, warning(html_escaped(said_in(alert.error(), language))));
}

}  // namespace

std::vector<net::Route> phone_routes(Api& api, const std::string& public_url) {
  std::vector<net::Route> out;
  out.push_back({net::Method::kGet,
                 std::string(kPhonePath),
                 [&api](const net::Request& request) {
                   auto who = person_of(api, request);
                   if (!who.signed_in()) return see_other("/signin?next=/phone");
                   return shown(api, who, language_of(request, who), 200, "");
                 },
                 kFormBytesMax,
                 {}});
  out.push_back(
      {net::Method::kPost,
       std::string(kPhonePath) + "/acknowledge",
       [&api, public_url](const net::Request& request) { return acknowledge(api, public_url, request); },
       kFormBytesMax,
       {}});
  return out;
}

}  // namespace vedette::server
