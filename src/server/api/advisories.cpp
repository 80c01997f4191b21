// /advisories: what authorities warned of, its indicators, and where they were met.
#include "desk/advisories/advisories.h"

#include <charconv>

#include "model/refusal.h"
#include "server/api/advisory_part.h"
#include "server/api/api.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Rules = desk::AdvisoryRules;
using Limits = desk::AdvisoryLimits;
constexpr std::int64_t kNameMost = Rules::kNameBytes;
// The file stands in a JSON text, where a byte may take two.
constexpr std::size_t kAdvisoryBody = 2 * Limits::kBytes + 64 * 1024;
constexpr std::int64_t kFirstLookBackDays = 30;

Schema advisory_tlp() { return one_of({"red", "amber+strict", "amber", "green", "clear"}); }

json::array not_used_json(const std::vector<desk::NotUsed>& all) {
  json::array out;
  for (const auto& one : all)
    out.push_back(json::object{{"origin", one.origin}, {"reason", one.reason}, {"detail", one.detail}});
  return out;
}

json::object look_back_json(const desk::LookBack& one) {
  return {{"state", desk::to_string(one.state)},
          {"days", one.days},
          {"reached", time_or_null(one.reached)},
          {"events", one.events},
          {"hits", one.hits},
          {"finished_at", time_or_null(one.finished_at)},
          {"trouble", one.trouble}};
}

json::object advisory_json(const desk::Advisory& one, WallTime now) {
  const bool over = one.valid_until && *one.valid_until <= now;
  const bool early = one.valid_from && *one.valid_from > now;
  const auto* state = one.withdrawn_at    ? "withdrawn"
                      : over              ? "expired"
                      : !one.confirmed_at ? "unconfirmed"
                      : early             ? "pending"
                                          : "in_force";
  return {{"id", one.id},
          {"title", one.title},
          {"reference", one.reference},
          {"authority", one.authority},
          {"source", one.source},
          {"tlp", desk::to_string(one.tlp)},
          {"severity", to_string(one.severity)},
          {"format", desk::to_string(one.format)},
          {"sha256", one.sha256},
          {"state", state},
          {"valid_from", time_or_null(one.valid_from)},
          {"valid_until", time_or_null(one.valid_until)},
          {"made_at", to_rfc3339(one.made_at)},
          {"made_by", one.made_by},
          {"confirmed_at", time_or_null(one.confirmed_at)},
          {"confirmed_by", text_or_null(one.confirmed_by)},
          {"lead_confirms", !one.by_person},
          {"withdrawn_at", time_or_null(one.withdrawn_at)},
          {"withdrawn_by", text_or_null(one.withdrawn_by)},
          {"withdrawn_why", one.withdrawn_why},
          {"indicators", one.indicators},
          {"not_used_count", one.not_used_count},
          {"not_used", not_used_json(one.not_used)},
          {"look_back", look_back_json(one.look_back)}};
}

json::object indicator_json(const desk::Indicator& one) {
  json::array terms;
  for (const auto& term : one.all)
    terms.push_back(json::object{{"type", desk::to_string(term.type)},
                                 {"value", term.value},
                                 {"defanged", desk::defanged(term.type, term.value)}});
  return {{"terms", std::move(terms)},
          {"origin", one.origin},
          {"valid_from", time_or_null(one.valid_from)},
          {"valid_until", time_or_null(one.valid_until)}};
}

Result<net::Response> answer_advisory(int status, Result<desk::Advisory> one, const Api& api) {
  if (!one) return std::unexpected(std::move(one).error());
  return json_response(status, advisory_json(*one, api.clock.wall()));
}

Result<std::optional<WallTime>> time_in(const Call& call, std::string_view field) {
  const auto text = call.text(field);
  if (!text || text->empty()) return std::optional<WallTime>();
  TRY_ASSIGN(auto time, parse_rfc3339(*text));
  return std::optional(time);
}

// A lead or above; a token has nobody behind it.
bool leads(const Call& call) {
  return call.who.kind == Principal::Kind::kUser && call.who.may({"advisories", Role::kLead, false});
}

Result<net::Response> confirm_advisory(Api& api, const Call& call) {
  if (call.who.kind != Principal::Kind::kUser) return refuse(ErrorCode::kForbidden, "report.person");
  return answer_advisory(200, api.advisories.confirm(call.parameter("id"), call.who.name, leads(call)), api);
}

Result<net::Response> add_advisory(Api& api, const Call& call) {
  desk::Advisory draft{.title = *call.text("title"),
                       .reference = *call.text("reference"),
                       .authority = *call.text("authority"),
                       .source = call.text_or("source", ""),
                       .tlp = *desk::tlp_from(call.text_or("tlp", "amber")),
                       .severity = *severity_from(call.text_or("severity", "high"))};
  TRY_ASSIGN(draft.valid_from, time_in(call, "valid_from"));
  TRY_ASSIGN(draft.valid_until, time_in(call, "valid_until"));
  draft.look_back.days = call.integer("look_back_days").value_or(kFirstLookBackDays);
  draft.by_person = call.who.kind == Principal::Kind::kUser;
  if (leads(call)) draft.confirmed_by = call.who.name;
  return answer_advisory(201, api.advisories.add(draft, *call.text("file"), call.who.name), api);
}

Result<net::Response> preview_advisory(const Call& call) {
  TRY_ASSIGN(auto read, desk::read_advisory(*call.text("file")));
  json::array first;
  constexpr std::size_t kShown = 50;
  for (std::size_t i = 0; i < std::min(kShown, read.indicators.size()); ++i)
    first.push_back(indicator_json(read.indicators[i]));
  return json_response(
      200, json::object{{"format", desk::to_string(read.format)},
                        {"title", read.title},
                        {"reference", read.reference},
                        {"tlp", read.tlp ? json::value(desk::to_string(*read.tlp)) : json::value()},
                        {"indicators", read.indicators.size()},
                        {"first", std::move(first)},
                        {"not_used_count", read.not_used_count},
                        {"not_used", not_used_json(read.not_used)},
                        {"context", read.context}});
}

Result<net::Response> list_indicators(Api& api, const Call& call) {
  std::int64_t from = 0;
  const auto cursor = call.cursor();
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), from);
  from = std::max<std::int64_t>(0, from);
  const auto limit = static_cast<std::int64_t>(call.limit());
  TRY_ASSIGN(auto all, api.advisories.indicators(call.parameter("id"), from, limit + 1));
  const bool more = std::ssize(all) > limit;
  if (more) all.pop_back();
  json::array items;
  for (const auto& one : all) items.push_back(indicator_json(one));
  return page_response(std::move(items), more ? std::to_string(from + limit) : "");
}

Result<net::Response> list_hits(Api& api, const Call& call) {
  TRY_ASSIGN(auto all, api.advisories.hits(call.parameter("id")));
  json::array items;
  for (const auto& one : all)
    items.push_back(json::object{{"event_id", one.event_id},
                                 {"at", to_rfc3339(one.at)},
                                 {"host", one.host},
                                 {"source", one.source},
                                 {"indicator", one.indicator}});
  return page_response(std::move(items), "");
}

Schema not_used_shape() {
  return list(
      object({required("origin", text(400)), required("reason", text(40)), required("detail", text(1'000))}),
      Limits::kNotUsed);
}

}  // namespace

Schema indicator_shape() {
  auto term =
      object({required("type", text(20)), required("value", text(4'096)), required("defanged", text(8'192))});
  return object({required("terms", list(std::move(term), Limits::kTerms)), required("origin", text(400)),
                 required("valid_from", nullable(time())), required("valid_until", nullable(time()))});
}

Schema advisory_shape() {
  auto look_back = object({required("state", one_of({"none", "waiting", "running", "done", "cut", "failed"})),
                           required("days", count()), required("reached", nullable(time())),
                           required("events", count()), required("hits", count()),
                           required("finished_at", nullable(time())), required("trouble", text(2'000))});
  return object({required("id", id()),
                 required("title", text(kNameMost)),
                 required("reference", text(kNameMost)),
                 required("authority", text(kNameMost)),
                 required("source", text(kNameMost)),
                 required("tlp", advisory_tlp()),
                 required("severity", severity_name()),
                 required("format", one_of({"stix", "misp", "csv"})),
                 required("sha256", text(64)),
                 required("state", one_of({"unconfirmed", "in_force", "pending", "expired", "withdrawn"})),
                 required("valid_from", nullable(time())),
                 required("valid_until", nullable(time())),
                 required("made_at", time()),
                 required("made_by", text()),
                 required("confirmed_at", nullable(time())),
                 required("confirmed_by", nullable(text())),
                 required("lead_confirms", boolean()),
                 required("withdrawn_at", nullable(time())),
                 required("withdrawn_by", nullable(text())),
                 required("withdrawn_why", text(Rules::kReasonBytes)),
                 required("indicators", count()),
                 required("not_used_count", count()),
                 required("not_used", not_used_shape()),
                 required("look_back", std::move(look_back))});
}

std::vector<Operation> advisory_operations(Api& api) {
  using enum net::Method;
  auto file = required("file", text(Limits::kBytes, 1));
  return {
      {.method = kGet,
       .path = "/advisories",
       .id = "listAdvisories",
       .tag = "advisories",
       .summary = "Advisories of authorities, newest first",
       .query = paging(),
       .response = page_of(reference("Advisory")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.advisories.list(call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(advisory_json(one, api.clock.wall()));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kPost,
       .path = "/advisories",
       .id = "addAdvisory",
       .tag = "advisories",
       .summary =
           "Add an advisory with its file of indicators (STIX 2.1, MISP or CSV): they are watched for in "
           "all events, and looked for in those of the last look_back_days (30; 0: none), from now on if a "
           "lead adds it, else once it is confirmed",
       .role = Role::kAnalyst,
       .request = object({required("title", text(kNameMost, 1)), required("reference", text(kNameMost, 1)),
                          required("authority", text(kNameMost, 1)), optional("source", text(kNameMost)),
                          optional("tlp", advisory_tlp()), optional("severity", severity_name()),
                          optional("valid_from", nullable(time())), optional("valid_until", nullable(time())),
                          optional("look_back_days", integer(0, Rules::kLookBackDays)), file}),
       .success = 201,
       .response = reference("Advisory"),
       .body_bytes_max = kAdvisoryBody,
       .handler = [&api](const Call& call) { return add_advisory(api, call); }},
      {.method = kPost,
       .path = "/advisories/preview",
       .id = "previewAdvisory",
       .tag = "advisories",
       .summary = "What a file of indicators holds and what of it cannot be used, and why; nothing is stored",
       .role = Role::kAnalyst,
       .request = object({file}),
       .response =
           object({required("format", one_of({"stix", "misp", "csv"})), required("title", text(800)),
                   required("reference", text(400)), required("tlp", nullable(advisory_tlp())),
                   required("indicators", count()), required("first", list(reference("Indicator"), 50)),
                   required("not_used_count", count()), required("not_used", not_used_shape()),
                   required("context", count())}),
       .body_bytes_max = kAdvisoryBody,
       .handler = [](const Call& call) { return preview_advisory(call); }},
      {.method = kGet,
       .path = "/advisories/{id}",
       .id = "getAdvisory",
       .tag = "advisories",
       .summary = "An advisory, what of its file could not be used, and how far the look back is",
       .response = reference("Advisory"),
       .handler =
           [&api](const Call& call) {
             return answer_advisory(200, api.advisories.get(call.parameter("id")), api);
           }},
      {.method = kGet,
       .path = "/advisories/{id}/indicators",
       .id = "advisoryIndicators",
       .tag = "advisories",
       .summary = "Its indicators; the terms of one must all be met in one event",
       .query = paging(),
       .response = page_of(reference("Indicator")),
       .handler = [&api](const Call& call) { return list_indicators(api, call); }},
      {.method = kGet,
       .path = "/advisories/{id}/hits",
       .id = "advisoryHits",
       .tag = "advisories",
       .summary =
           "Events of before that hold one of its indicators, newest first; the 500 first that were found",
       .response = page_of(
           object({required("event_id", count()), required("at", time()), required("host", text(1'000)),
                   required("source", text(1'000)), required("indicator", text(70'000))})),
       .handler = [&api](const Call& call) { return list_hits(api, call); }},
      {.method = kPost,
       .path = "/advisories/{id}/confirm",
       .id = "confirmAdvisory",
       .tag = "advisories",
       .summary = "It is genuine and is watched for from now on; another person than who added it, a lead if "
                  "it came by mail or through a token; a person's own session only",
       .role = Role::kAnalyst,
       .request = object({}),
       .response = reference("Advisory"),
       .handler = [&api](const Call& call) { return confirm_advisory(api, call); }},
      {.method = kPost,
       .path = "/advisories/{id}/look-back",
       .id = "lookBack",
       .tag = "advisories",
       .summary = "Search for it in stored events once more, over so many days",
       .role = Role::kAnalyst,
       .request = object({required("days", integer(1, Rules::kLookBackDays))}),
       .response = reference("Advisory"),
       .handler =
           [&api](const Call& call) {
             return answer_advisory(
                 200, api.advisories.look_back(call.parameter("id"), *call.integer("days"), call.who.name),
                 api);
           }},
      {.method = kPost,
       .path = "/advisories/{id}/withdraw",
       .id = "withdrawAdvisory",
       .tag = "advisories",
       .summary = "It is watched for no more; the reason is kept",
       .role = Role::kAnalyst,
       .request = object({required("reason", text(Rules::kReasonBytes, 1))}),
       .response = reference("Advisory"),
       .handler =
           [&api](const Call& call) {
             return answer_advisory(
                 200, api.advisories.withdraw(call.parameter("id"), *call.text("reason"), call.who.name),
                 api);
           }},
  };
}

}  // namespace vedette::server
