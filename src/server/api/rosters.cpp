// /rosters: their definition, and who is on duty by it.
#include "desk/roster/roster_json.h"
#include "server/api/api.h"
#include "server/api/roster_shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Names = std::map<std::string, std::string>;
constexpr std::size_t kRosterBytes = 1 << 20;
constexpr auto kFourWeeks = std::chrono::hours(24 * 28);

json::object roster_json(const desk::Roster& roster) {
  return {{"id", roster.id},
          {"name", roster.name},
          {"revision", roster.revision},
          {"tiers", desk::tiers_json(roster)}};
}

Result<Names> names_of(Api& api) {
  TRY_ASSIGN(auto people, api.rosters.people());
  Names names;
  for (const auto& one : people) names[one.id] = one.name;
  return names;
}

json::object shift_json(const desk::Shift& shift, const Names& names) {
  auto name = names.find(shift.person);
  return {{"from", to_rfc3339(shift.from)},
          {"to", to_rfc3339(shift.to)},
          {"person", text_or_null(shift.person)},
          {"person_name", name == names.end() ? json::value() : json::value(name->second)},
          {"layer", text_or_null(shift.layer)},
          {"stands_in_for", text_or_null(shift.stands_in)},
          {"override_id", text_or_null(shift.override_id)},
          {"swapped_from", text_or_null(shift.swapped_from)},
          {"on_leave", shift.on_leave}};
}

Result<net::Response> shifts_response(Api& api, const std::vector<desk::Rosters::TierShifts>& tiers) {
  TRY_ASSIGN(auto names, names_of(api));
  json::array items;
  for (const auto& tier : tiers) {
    json::array shifts;
    for (const auto& one : tier.shifts) shifts.push_back(shift_json(one, names));
    items.push_back(
        json::object{{"tier", tier.tier}, {"tier_name", tier.tier_name}, {"shifts", std::move(shifts)}});
  }
  return page_response(std::move(items), "");
}

Result<desk::Roster> roster_of(const Call& call) {
  desk::Roster roster;
  roster.name = *call.text("name");
  TRY_ASSIGN(roster.tiers, desk::tiers_from(call.body.at("tiers").as_array()));
  return roster;
}

}  // namespace

std::vector<QueryParameter> span_parameters() {
  return {{"from", time(), "beginning; now if not given"}, {"to", time(), "end"}};
}
Result<std::pair<WallTime, WallTime>> span_of(const Call& call, WallTime now, std::chrono::hours otherwise) {
  auto from = now;
  if (auto text = call.query("from"); !text.empty()) {
    TRY_ASSIGN(from, parse_rfc3339(text));
  }
  auto to = from + otherwise;
  if (auto text = call.query("to"); !text.empty()) {
    TRY_ASSIGN(to, parse_rfc3339(text));
  }
  return std::pair(from, to);
}

std::vector<Operation> roster_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/rosters",
       .id = "listRosters",
       .tag = "roster",
       .summary = "Rosters with their tiers and rotations",
       .on_wall = true,
       .response = page_of(reference("Roster")),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto rosters, api.rosters.rosters());
         json::array items;
         for (const auto& one : rosters) items.push_back(roster_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/rosters",
       .id = "addRoster",
       .tag = "roster",
       .summary = "Add a roster",
       .role = Role::kLead,
       .request = roster_input(false),
       .success = 201,
       .response = reference("Roster"),
       .body_bytes_max = kRosterBytes,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto roster, roster_of(call));
         TRY_ASSIGN(auto saved, api.rosters.save_roster(roster, call.who.name));
         return json_response(201, roster_json(saved));
       }},
      {.method = kPost,
       .path = "/rosters/preview",
       .id = "previewRoster",
       .tag = "roster",
       .summary = "The shifts of four weeks as they would be; nothing is stored",
       .only_reads = true,
       .query = span_parameters(),
       .request = roster_input(false),
       .response = page_of(reference("TierShifts")),
       .body_bytes_max = kRosterBytes,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto span, span_of(call, api.clock.wall(), kFourWeeks));
         TRY_ASSIGN(auto roster, roster_of(call));
         TRY_ASSIGN(auto tiers, api.rosters.preview(roster, span.first, span.second));
         return shifts_response(api, tiers);
       }},
      {.method = kGet,
       .path = "/rosters/{id}",
       .id = "getRoster",
       .tag = "roster",
       .summary = "One roster",
       .response = reference("Roster"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto roster, api.rosters.roster(call.parameter("id")));
         return json_response(200, roster_json(roster));
       }},
      {.method = kPut,
       .path = "/rosters/{id}",
       .id = "setRoster",
       .tag = "roster",
       .summary = "Replace a roster's definition; names the revision it was made from",
       .role = Role::kLead,
       .request = roster_input(true),
       .response = reference("Roster"),
       .body_bytes_max = kRosterBytes,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto roster, roster_of(call));
         roster.id = call.parameter("id");
         roster.revision = *call.integer("revision");
         TRY_ASSIGN(auto saved, api.rosters.save_roster(roster, call.who.name));
         return json_response(200, roster_json(saved));
       }},
      {.method = kDelete,
       .path = "/rosters/{id}",
       .id = "removeRoster",
       .tag = "roster",
       .summary = "Remove a roster",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.rosters.remove_roster(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/rosters/{id}/on-call",
       .id = "whoIsOnCall",
       .tag = "roster",
       .summary = "Who is on duty at a time, tier by tier, and who comes next",
       .on_wall = true,
       .query = {{"at", time(), "now if not given"}},
       .response = page_of(reference("OnCall")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto at = api.clock.wall();
         if (auto text = call.query("at"); !text.empty()) {
           TRY_ASSIGN(at, parse_rfc3339(text));
         }
         TRY_ASSIGN(auto tiers, api.rosters.on_call(call.parameter("id"), at));
         TRY_ASSIGN(auto names, names_of(api));
         json::array items;
         for (const auto& one : tiers)
           items.push_back(
               json::object{{"tier", one.tier},
                            {"tier_name", one.tier_name},
                            {"now", shift_json(one.now, names)},
                            {"next", one.next ? json::value(shift_json(*one.next, names)) : json::value()}});
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/rosters/{id}/shifts",
       .id = "listShifts",
       .tag = "roster",
       .summary = "The shifts of a time, tier by tier; four weeks if not given",
       .query = span_parameters(),
       .response = page_of(reference("TierShifts")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto span, span_of(call, api.clock.wall(), kFourWeeks));
         TRY_ASSIGN(auto tiers, api.rosters.shifts(call.parameter("id"), span.first, span.second));
         return shifts_response(api, tiers);
       }},
      {.method = kGet,
       .path = "/rosters/{id}/gaps",
       .id = "listCoverageGaps",
       .tag = "roster",
       .summary = "When a tier has nobody, or somebody on leave; the next 30 days if not given",
       .query = span_parameters(),
       .response = page_of(reference("CoverageGap")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto span, span_of(call, api.clock.wall(), std::chrono::hours(24 * desk::kCoverageDays)));
         TRY_ASSIGN(auto gaps, api.rosters.gaps(call.parameter("id"), span.first, span.second));
         json::array items;
         for (const auto& one : gaps)
           items.push_back(json::object{{"tier", one.tier},
                                        {"from", to_rfc3339(one.from)},
                                        {"to", to_rfc3339(one.to)},
                                        {"person_on_leave", text_or_null(one.on_leave)}});
         return page_response(std::move(items), "");
       }},
  };
}

}  // namespace vedette::server
