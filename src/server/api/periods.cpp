// /watch-periods: announced stretches of heightened duty.
#include "desk/periods/period_json.h"
#include "server/api/api.h"
#include "server/api/period_part.h"
#include "server/api/roster_shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::PeriodLimits;
constexpr std::size_t kPeriodBytes = 1 << 20;

std::vector<SchemaField> period_fields() {
  auto tier = object({required("roster_id", id()), required("tier", text(32)),
                      required("people", integer(Limits::kPeopleLeast, Limits::kPeopleMost)),
                      required("beside", list(layer_input(), Limits::kPeopleMost - 1))});
  return {required("name", text(desk::RosterLimits::kNameBytes, 1)),
          required("zone", text(64, 1)),
          required("from", local_time()),
          required("to", local_time()),
          required("timer_percent", integer(Limits::kPercentLeast, Limits::kPercentMost)),
          optional("policy_id", nullable(text(36))),
          required("tiers", list(std::move(tier), Limits::kTiers)),
          optional("freeze_from", nullable(local_time())),
          optional("freeze_to", nullable(local_time()))};
}

Schema period_input(bool with_revision) {
  auto fields = period_fields();
  if (with_revision) fields.push_back(required("revision", count()));
  return object(std::move(fields));
}

// `open_items`: of its readiness checklist.
Result<json::object> shown_period(const desk::WatchPeriod& period, const Api& api) {
  const auto now = api.clock.wall();
  TRY_ASSIGN(auto open, api.periods.open_items(period.id));
  auto out = desk::period_json(period);
  out["id"] = period.id;
  out["revision"] = period.revision;
  out["begins"] = to_rfc3339(period.begins);
  out["ends"] = to_rfc3339(period.ends);
  out["state"] = desk::to_string(desk::state_of(period, now));
  out["ended_by"] = text_or_null(period.ended_by);
  out["frozen"] = desk::is_frozen(period, now);
  out["open_items"] = open;
  return out;
}

Result<net::Response> period_answer(int status, const Result<desk::WatchPeriod>& period, const Api& api) {
  if (!period) return std::unexpected(period.error());
  TRY_ASSIGN(auto shown, shown_period(*period, api));
  return json_response(status, shown);
}

json::array names_in(const std::vector<std::string>& ids, const std::vector<desk::Person>& people) {
  json::array out;
  for (const auto& id : ids) {
    auto person = std::ranges::find(people, id, &desk::Person::id);
    out.emplace_back(person == people.end() ? id : person->name);
  }
  return out;
}

// Each day of the period in its zone, and for how long on it a tier misses somebody.
json::array days_of(const desk::Periods::Outlook& outlook) {
  json::array out;
  auto zone = Zone::find(outlook.period.zone);
  if (!zone || outlook.period.begins >= outlook.period.ends) return out;
  constexpr auto kDay = std::chrono::days(1);
  const auto last = zone->local(outlook.period.ends - std::chrono::milliseconds(1));
  for (auto day = std::chrono::floor<std::chrono::days>(zone->local(outlook.period.begins)); day <= last;
       day += kDay) {
    const auto from = zone->first_at(day), to = zone->first_at(day + kDay);
    std::chrono::milliseconds missing{0};
    for (const auto& gap : outlook.gaps)
      missing += std::max(std::chrono::milliseconds(0), std::min(to, gap.to) - std::max(from, gap.from));
    out.push_back(
        json::object{{"date", to_local_text(day).substr(0, 10)},
                     {"missing_minutes", std::chrono::ceil<std::chrono::minutes>(missing).count()}});
  }
  return out;
}

Result<net::Response> checklist_answer(const std::string& id, const Call& call, Api& api) {
  TRY_ASSIGN(auto items, api.periods.checklist(id));
  json::array out;
  for (const auto& one : items)
    out.push_back(json::object{{"id", one.item->id},
                               {"what", one.item->what.in(call.language)},
                               {"why", one.item->why.in(call.language)},
                               {"done", one.tick.has_value()},
                               {"by", one.tick ? json::value(one.tick->by) : json::value()},
                               {"at", one.tick ? json::value(to_rfc3339(one.tick->at)) : json::value()},
                               {"note", one.tick ? one.tick->note : ""}});
  return page_response(std::move(out), "");
}

Result<net::Response> outlook_answer(const Result<desk::Periods::Outlook>& outlook, Api& api) {
  if (!outlook) return std::unexpected(outlook.error());
  TRY_ASSIGN(auto people, api.rosters.people());
  TRY_ASSIGN(auto rosters, api.rosters.rosters());
  json::array gaps, with;
  for (const auto& gap : outlook->gaps) {
    auto roster = std::ranges::find(rosters, gap.roster_id, &desk::Roster::id);
    json::object one{{"roster_id", gap.roster_id},
                     {"roster_name", roster == rosters.end() ? gap.roster_id : roster->name},
                     {"tier", gap.tier},
                     {"tier_name", ""},
                     {"from", to_rfc3339(gap.from)},
                     {"to", to_rfc3339(gap.to)},
                     {"people", gap.people},
                     {"there", names_in(gap.there, people)},
                     {"not_counted", names_in(gap.not_counted, people)}};
    if (roster != rosters.end()) {
      auto tier = std::ranges::find(roster->tiers, gap.tier, &desk::Tier::id);
      if (tier != roster->tiers.end()) one["tier_name"] = tier->name;
    }
    gaps.push_back(std::move(one));
  }
  for (const auto& one : outlook->with)
    with.push_back(json::object{{"id", one.id},
                                {"name", one.name},
                                {"begins", to_rfc3339(one.begins)},
                                {"ends", to_rfc3339(one.ends)}});
  return json_response(200, json::object{{"begins", to_rfc3339(outlook->period.begins)},
                                         {"ends", to_rfc3339(outlook->period.ends)},
                                         {"days", days_of(*outlook)},
                                         {"gaps", std::move(gaps)},
                                         {"with", std::move(with)}});
}

}  // namespace

Schema watch_period_shape() {
  auto fields = period_fields();
  for (auto& field : fields) field.required = true;
  for (auto& field : std::vector<SchemaField>{required("id", id()), required("revision", count()),
                                              required("begins", time()), required("ends", time()),
                                              required("state", one_of({"announced", "running", "over"})),
                                              required("ended_by", nullable(text())),
                                              required("frozen", boolean()), required("open_items", count())})
    fields.push_back(std::move(field));
  return object(std::move(fields));
}

Schema readiness_item_shape() {
  return object({required("id", text(40)), required("what", text(2'000)), required("why", text(2'000)),
                 required("done", boolean()), required("by", nullable(text())),
                 required("at", nullable(time())), required("note", text(desk::kTickNoteBytes))});
}

Schema freeze_exception_shape() {
  return object({required("at", time()), required("by", text()), required("action", text(64)),
                 required("object", text(200)), required("reason", text(Limits::kReasonBytes))});
}

Schema period_outlook_shape() {
  auto day = object({required("date", text(10, 10)), required("missing_minutes", count())});
  auto names = list(text(200), Limits::kPeopleMost);
  auto gap =
      object({required("roster_id", id()), required("roster_name", text(200)), required("tier", text(32)),
              required("tier_name", text(200)), required("from", time()), required("to", time()),
              required("people", count()), required("there", names), required("not_counted", names)});
  auto other = object(
      {required("id", id()), required("name", text()), required("begins", time()), required("ends", time())});
  return object({required("begins", time()), required("ends", time()),
                 required("days", list(std::move(day), 100)),
                 required("gaps", list(std::move(gap), Limits::kGapsShown)),
                 required("with", list(std::move(other), 500))});
}

std::vector<Operation> period_operations(Api& api) {
  using enum net::Method;
  auto* periods = &api.periods;
  return {
      {.method = kGet,
       .path = "/watch-periods",
       .id = "listWatchPeriods",
       .tag = "periods",
       .summary = "Watch periods by their begin; those over for more than 30 days only with past=true",
       .on_wall = true,
       .query = {{"past", boolean(), "with all that are over"}},
       .response = page_of(reference("WatchPeriod")),
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, periods->periods(call.query("past") == "true"));
         json::array items;
         for (const auto& one : found) {
           TRY_ASSIGN(auto item, shown_period(one, api));
           items.push_back(std::move(item));
         }
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/watch-periods",
       .id = "addWatchPeriod",
       .tag = "periods",
       .summary = "Announce a watch period",
       .role = Role::kLead,
       .request = period_input(false),
       .success = 201,
       .response = reference("WatchPeriod"),
       .body_bytes_max = kPeriodBytes,
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto period, desk::period_from(call.body));
         return period_answer(201, periods->save(period, call.who.name), api);
       }},
      {.method = kPost,
       .path = "/watch-periods/preview",
       .id = "previewWatchPeriod",
       .tag = "periods",
       .summary = "The days of a watch period and where too few people would be; nothing is stored",
       .only_reads = true,
       .request = period_input(false),
       .response = reference("PeriodOutlook"),
       .body_bytes_max = kPeriodBytes,
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto period, desk::period_from(call.body));
         return outlook_answer(periods->outlook(period), api);
       }},
      {.method = kGet,
       .path = "/watch-periods/{id}",
       .id = "getWatchPeriod",
       .tag = "periods",
       .summary = "One watch period",
       .response = reference("WatchPeriod"),
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         return period_answer(200, periods->period(call.parameter("id")), api);
       }},
      {.method = kGet,
       .path = "/watch-periods/{id}/outlook",
       .id = "getPeriodOutlook",
       .tag = "periods",
       .summary = "Its days, and where too few people are or will be",
       .response = reference("PeriodOutlook"),
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto period, periods->period(call.parameter("id")));
         return outlook_answer(periods->outlook(period), api);
       }},
      {.method = kPut,
       .path = "/watch-periods/{id}",
       .id = "setWatchPeriod",
       .tag = "periods",
       .summary = "Replace a watch period that is not over; names the revision it was made from",
       .role = Role::kLead,
       .request = period_input(true),
       .response = reference("WatchPeriod"),
       .body_bytes_max = kPeriodBytes,
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto period, desk::period_from(call.body));
         period.id = call.parameter("id");
         period.revision = *call.integer("revision");
         return period_answer(200, periods->save(period, call.who.name), api);
       }},
      {.method = kDelete,
       .path = "/watch-periods/{id}",
       .id = "removeWatchPeriod",
       .tag = "periods",
       .summary = "Remove a watch period that has not begun",
       .role = Role::kLead,
       .success = 204,
       .handler = [periods](const Call& call) -> Result<net::Response> {
         TRY(periods->remove(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/watch-periods/{id}/end",
       .id = "endWatchPeriod",
       .tag = "periods",
       .summary = "End a watch period now, before its time",
       .role = Role::kLead,
       .request = object({}),
       .response = reference("WatchPeriod"),
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         return period_answer(200, periods->end(call.parameter("id"), call.who.name), api);
       }},
      {.method = kGet,
       .path = "/watch-periods/{id}/checklist",
       .id = "listReadiness",
       .tag = "periods",
       .summary = "What should be done before it begins, and who has done it",
       .response = page_of(reference("ReadinessItem")),
       .handler = [&api](const Call& call) { return checklist_answer(call.parameter("id"), call, api); }},
      {.method = kPut,
       .path = "/watch-periods/{id}/checklist/{item}",
       .id = "setReadiness",
       .tag = "periods",
       .summary = "Tick an item of the readiness checklist, or take the tick back",
       .role = Role::kAnalyst,
       .request = object({required("done", boolean()), optional("note", text(desk::kTickNoteBytes))}),
       .response = page_of(reference("ReadinessItem")),
       .handler = [periods, &api](const Call& call) -> Result<net::Response> {
         TRY(periods->tick(call.parameter("id"), call.parameter("item"), *call.boolean("done"),
                           call.text_or("note", ""), call.who.name));
         return checklist_answer(call.parameter("id"), call, api);
       }},
      {.method = kGet,
       .path = "/watch-periods/{id}/exceptions",
       .id = "listFreezeExceptions",
       .tag = "periods",
       .summary = "What was changed during its change freeze, by whom and why; newest first, at most 500",
       .response = page_of(reference("FreezeException")),
       .handler = [periods](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, periods->exceptions(call.parameter("id")));
         json::array items;
         for (const auto& one : found)
           items.push_back(json::object{{"at", to_rfc3339(one.at)},
                                        {"by", one.by},
                                        {"action", one.action},
                                        {"object", one.object},
                                        {"reason", one.reason}});
         return page_response(std::move(items), "");
       }},
  };
}

}  // namespace vedette::server
