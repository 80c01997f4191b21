// /desk/performance: how soon alerts are answered, how often they are false, what was missed and uncovered.
#include "desk/performance.h"

#include "desk/roster/duty_load.h"
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/performance_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr auto kUsual = std::chrono::hours(24 * 30);
constexpr auto kLongest = desk::RosterLimits::kComputed;

json::object spread_json(const desk::Spread& spread) {
  return {{"count", spread.count},
          {"mean_ms", spread.mean},
          {"p50_ms", spread.p50},
          {"p95_ms", spread.p95},
          {"p99_ms", spread.p99}};
}

Schema spread() {
  return object({required("count", count()), required("mean_ms", count()), required("p50_ms", count()),
                 required("p95_ms", count()), required("p99_ms", count())});
}

// Of each tier: how long it had nobody, or somebody on leave, by the rosters as they are now.
Result<json::array> coverage_json(Api& api, WallTime from, WallTime to) {
  TRY_ASSIGN(auto rosters, api.rosters.rosters());
  json::array out;
  for (const auto& roster : rosters) {
    TRY_ASSIGN(auto gaps, api.rosters.gaps(roster.id, from, to));
    for (const auto& tier : roster.tiers) {
      std::chrono::milliseconds uncovered{0};
      for (const auto& gap : gaps) {
        if (gap.tier == tier.id)
          uncovered += std::chrono::duration_cast<std::chrono::milliseconds>(gap.to - gap.from);
      }
      out.push_back(json::object{{"roster_id", roster.id},
                                 {"roster", roster.name},
                                 {"tier", tier.id},
                                 {"tier_name", tier.name},
                                 {"uncovered_ms", uncovered.count()}});
    }
  }
  return out;
}

// The zone in which nights are counted: that of the first rotation there is.
Result<Zone> zone_of_duty(const std::vector<desk::Roster>& rosters) {
  for (const auto& roster : rosters) {
    for (const auto& tier : roster.tiers) {
      for (const auto& layer : tier.layers) {
        if (auto zone = Zone::find(layer.zone)) return *zone;
      }
    }
  }
  return Zone::find(desk::Layer().zone);
}

Result<json::object> load_json(Api& api, WallTime from, WallTime to) {
  TRY_ASSIGN(auto rosters, api.rosters.rosters());
  TRY_ASSIGN(auto zone, zone_of_duty(rosters));
  TRY_ASSIGN(auto loads, desk::duty_load(api.database, from, to, zone));
  json::array people;
  for (const auto& one : loads)
    people.push_back(json::object{{"person", one.person},
                                  {"name", one.name},
                                  {"duty_ms", one.duty.count()},
                                  {"pages", one.pages},
                                  {"night_pages", one.night_pages},
                                  {"nights", one.nights}});
  return json::object{{"zone", zone.name()}, {"people", std::move(people)}};
}

// What has passed: 30 days until now if not given.
Result<std::pair<WallTime, WallTime>> past_span(const Call& call, WallTime now) {
  auto from = now - kUsual, to = now;
  if (auto text = call.query("from"); !text.empty()) {
    TRY_ASSIGN(from, parse_rfc3339(text));
  }
  if (auto text = call.query("to"); !text.empty()) {
    TRY_ASSIGN(to, parse_rfc3339(text));
  }
  to = std::min(to, now);
  if (from >= to || to - from > kLongest) return refuse(ErrorCode::kInvalid, "roster.too_long");
  return std::pair(from, to);
}

json::object performance_json(const desk::Performance& figures, Language language) {
  json::array answers, false_alarms;
  for (const auto& one : figures.answers)
    answers.push_back(json::object{{"severity", to_string(one.severity)},
                                   {"alerts", one.alerts},
                                   {"unanswered", one.unanswered},
                                   {"open", one.open},
                                   {"acknowledge", spread_json(one.acknowledge)},
                                   {"close", spread_json(one.close)}});
  for (const auto& one : figures.false_alarms)
    false_alarms.push_back(json::object{{"watch", to_string(one.watch)},
                                        {"kind", one.kind},
                                        {"rule", text_or_null(one.rule)},
                                        {"title", render(one.title, language)},
                                        {"closed", one.closed},
                                        {"false_positive", one.false_positive}});
  return {{"answers", std::move(answers)},
          {"false_alarms", std::move(false_alarms)},
          {"missed_escalations", figures.missed_escalations}};
}

}  // namespace

Schema performance_shape() {
  auto answer =
      object({required("severity", text(16)), required("alerts", count()), required("unanswered", count()),
              required("open", count()), required("acknowledge", spread()), required("close", spread())});
  auto false_alarm = object({required("watch", text(16)), required("kind", text(64)),
                             required("rule", nullable(text(200))), required("title", text(2'000)),
                             required("closed", count()), required("false_positive", count())});
  auto tier = object({required("roster_id", id()), required("roster", text(200)), required("tier", text(32)),
                      required("tier_name", text(200)), required("uncovered_ms", count())});
  auto person =
      object({required("person", id()), required("name", text(200)), required("duty_ms", count()),
              required("pages", count()), required("night_pages", count()), required("nights", count())});
  auto load = object({required("zone", text(64)), required("people", list(std::move(person), 10'000))});
  return object(
      {required("from", time()), required("to", time()), required("answers", list(std::move(answer))),
       required("false_alarms", list(std::move(false_alarm))), required("missed_escalations", count()),
       required("coverage", list(std::move(tier))), required("load", std::move(load))});
}

std::vector<Operation> performance_operations(Api& api) {
  return {{.method = net::Method::kGet,
           .path = "/desk/performance",
           .id = "deskPerformance",
           .tag = "alerts",
           .summary =
               "How soon alerts were answered and closed, how often they were false, missed "
               "escalations, uncovered time and what duty cost each person; the last 30 days if not given",
           .query = span_parameters(),
           .response = reference("Performance"),
           .handler = [&api](const Call& call) -> Result<net::Response> {
             TRY_ASSIGN(auto span, past_span(call, api.clock.wall()));
             TRY_ASSIGN(auto figures, desk::performance(api.database, span.first, span.second));
             auto body = performance_json(figures, call.language);
             TRY_ASSIGN(auto coverage, coverage_json(api, span.first, span.second));
             body["from"] = to_rfc3339(span.first);
             body["to"] = to_rfc3339(span.second);
             body["coverage"] = std::move(coverage);
             TRY_ASSIGN(body["load"], load_json(api, span.first, span.second));
             return json_response(200, body);
           }}};
}

}  // namespace vedette::server
