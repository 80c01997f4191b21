// /rosters/{id}/overrides, /rosters/{id}/swaps, /rosters/{id}/calendars: what stands over a roster, and who
// reads it from outside.
#include "server/api/api.h"
#include "server/api/roster_shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

desk::Rosters::Speaker speaker(const Call& call) {
  return {call.who.name, call.who.may({"roster", Role::kLead, false})};
}

json::object override_json(const desk::RosterOverride& one) {
  return {{"id", one.id},
          {"roster_id", one.roster_id},
          {"tier", one.tier},
          {"person", one.person},
          {"from", to_rfc3339(one.from)},
          {"to", to_rfc3339(one.to)},
          {"by", one.by},
          {"note", one.note}};
}

json::object swap_json(const desk::RosterSwap& one) {
  return {{"id", one.id},
          {"roster_id", one.roster_id},
          {"tier", one.tier},
          {"giver", one.giver},
          {"taker", one.taker},
          {"from", to_rfc3339(one.from)},
          {"to", to_rfc3339(one.to)},
          {"back_from", time_or_null(one.back_from)},
          {"back_to", time_or_null(one.back_to)},
          {"state", to_string(one.state)},
          {"proposed_by", one.proposed_by},
          {"answered_by", text_or_null(one.answered_by)},
          {"answered_at", time_or_null(one.answered_at)}};
}

json::object feed_json(const desk::Rosters::Feed& feed) {
  return {{"id", feed.id},
          {"roster_id", feed.roster_id},
          {"person", text_or_null(feed.person)},
          {"by", feed.made_by},
          {"created_at", to_rfc3339(feed.created_at)}};
}

Result<std::optional<WallTime>> time_of(const Call& call, std::string_view field) {
  auto text = call.text(field);
  if (!text) return std::optional<WallTime>();
  TRY_ASSIGN(auto time, parse_rfc3339(*text));
  return std::optional(time);
}

Operation answer(Api& api, std::string_view path, std::string_view id, std::string_view summary,
                 desk::SwapState state) {
  return {.method = net::Method::kPost,
          .path = path,
          .id = id,
          .tag = "roster",
          .summary = summary,
          .role = Role::kAnalyst,
          .request = object({}),
          .response = reference("Swap"),
          .handler = [&api, state](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto saved, api.rosters.answer_swap(call.parameter("id"), state, speaker(call)));
            return json_response(200, swap_json(saved));
          }};
}

std::vector<Operation> override_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/rosters/{id}/overrides",
       .id = "listOverrides",
       .tag = "roster",
       .summary = "Overrides that touch a time; the next 90 days if not given",
       .query = span_parameters(),
       .response = page_of(reference("Override")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto span, span_of(call, api.clock.wall(), std::chrono::hours(24 * 90)));
         TRY_ASSIGN(auto found, api.rosters.overrides(call.parameter("id"), span.first, span.second));
         json::array items;
         for (const auto& one : found) items.push_back(override_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/rosters/{id}/overrides",
       .id = "addOverride",
       .tag = "roster",
       .summary = "Somebody is on duty for a time, whatever the rotation says",
       .role = Role::kLead,
       .request = object({required("tier", text(32, 1)), required("person", id()), required("from", time()),
                          required("to", time()), optional("note", text(2'000))}),
       .success = 201,
       .response = reference("Override"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::RosterOverride one;
         one.roster_id = call.parameter("id");
         one.tier = *call.text("tier");
         one.person = *call.text("person");
         TRY_ASSIGN(one.from, parse_rfc3339(*call.text("from")));
         TRY_ASSIGN(one.to, parse_rfc3339(*call.text("to")));
         one.note = call.text_or("note", "");
         one.by = call.who.name;
         TRY_ASSIGN(auto saved, api.rosters.add_override(one));
         return json_response(201, override_json(saved));
       }},
      {.method = kDelete,
       .path = "/overrides/{id}",
       .id = "removeOverride",
       .tag = "roster",
       .summary = "The rotation holds again",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.rosters.remove_override(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

std::vector<Operation> swap_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/rosters/{id}/swaps",
       .id = "listSwaps",
       .tag = "roster",
       .summary = "Swaps that are not over, newest first",
       .response = page_of(reference("Swap")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto swaps, api.rosters.swaps(call.parameter("id")));
         json::array items;
         for (const auto& one : swaps) items.push_back(swap_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/rosters/{id}/swaps",
       .id = "proposeSwap",
       .tag = "roster",
       .summary = "Ask somebody to take a duty, and perhaps to give one back; it holds when they accept",
       .role = Role::kAnalyst,
       .request = object({required("tier", text(32, 1)), required("giver", id()), required("taker", id()),
                          required("from", time()), required("to", time()),
                          optional("back_from", nullable(time())), optional("back_to", nullable(time()))}),
       .success = 201,
       .response = reference("Swap"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::RosterSwap swap;
         swap.roster_id = call.parameter("id");
         swap.tier = *call.text("tier");
         swap.giver = *call.text("giver");
         swap.taker = *call.text("taker");
         TRY_ASSIGN(swap.from, parse_rfc3339(*call.text("from")));
         TRY_ASSIGN(swap.to, parse_rfc3339(*call.text("to")));
         TRY_ASSIGN(swap.back_from, time_of(call, "back_from"));
         TRY_ASSIGN(swap.back_to, time_of(call, "back_to"));
         TRY_ASSIGN(auto saved, api.rosters.propose_swap(swap, speaker(call)));
         return json_response(201, swap_json(saved));
       }},
      answer(api, "/swaps/{id}/accept", "acceptSwap", "I take this duty", desk::SwapState::kAccepted),
      answer(api, "/swaps/{id}/decline", "declineSwap", "I do not take it", desk::SwapState::kDeclined),
      answer(api, "/swaps/{id}/withdraw", "withdrawSwap", "It is not needed any more",
             desk::SwapState::kWithdrawn),
  };
}

std::vector<Operation> calendar_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/rosters/{id}/calendars",
       .id = "listCalendars",
       .tag = "roster",
       .summary = "Calendar addresses of a roster; the addresses themselves are shown once",
       .role = Role::kLead,
       .response = page_of(reference("Calendar")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto feeds, api.rosters.feeds(call.parameter("id")));
         json::array items;
         for (const auto& one : feeds) items.push_back(feed_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/rosters/{id}/calendars",
       .id = "addCalendar",
       .tag = "roster",
       .summary = "A secret address that shows the roster, or one person's part, as iCalendar",
       .role = Role::kLead,
       .request = object({optional("person", nullable(id()))}),
       .success = 201,
       .response = object({required("calendar", reference("Calendar")), required("path", text(200))}),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Rosters::Feed feed;
         feed.roster_id = call.parameter("id");
         feed.person = call.text_or("person", "");
         feed.made_by = call.who.name;
         TRY_ASSIGN(auto made, api.rosters.add_feed(feed));
         return json_response(
             201, json::object{{"calendar", feed_json(made.first)}, {"path", "/calendar/" + made.second}});
       }},
      {.method = kDelete,
       .path = "/calendars/{id}",
       .id = "removeCalendar",
       .tag = "roster",
       .summary = "The address shows nothing any more",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.rosters.remove_feed(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace

std::vector<Operation> roster_change_operations(Api& api) {
  auto out = override_operations(api);
  for (auto family : {swap_operations, calendar_operations}) {
    auto rows = family(api);
    std::ranges::move(rows, std::back_inserter(out));
  }
  return out;
}

}  // namespace vedette::server
