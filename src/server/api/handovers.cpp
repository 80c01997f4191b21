// /handovers: what one shift leaves to the next, signed by both.
#include <fmt/format.h>

#include "model/refusal.h"
#include "paper/document.h"
#include "server/api/api.h"
#include "server/api/handover_paper.h"
#include "server/api/handover_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::HandoverLimits;

json::object item_json(const desk::HandoverItem& item, Language language) {
  return {{"kind", item.kind},
          {"id", text_or_null(item.id)},
          {"title", item.title.in(language)},
          {"detail", item.detail.in(language)},
          {"severity", text_or_null(item.severity)},
          {"at", time_or_null(item.at)}};
}

Result<json::object> handover_json(const desk::Handover& handover, Language language) {
  TRY_ASSIGN(auto list, desk::handover_list(handover.list));
  json::array items;
  for (const auto& one : list.items) items.push_back(item_json(one, language));
  return json::object{{"id", handover.id},
                      {"roster_id", text_or_null(handover.roster_id)},
                      {"roster_name", handover.roster_name},
                      {"state", desk::to_string(handover.state)},
                      {"made_at", to_rfc3339(handover.made_at)},
                      {"made_by", handover.made_by},
                      {"items", std::move(items)},
                      {"notes", list.notes},
                      {"sha256", handover.sha256},
                      {"giver", text_or_null(handover.giver)},
                      {"given_at", time_or_null(handover.given_at)},
                      {"taker", text_or_null(handover.taker)},
                      {"taken_at", time_or_null(handover.taken_at)},
                      {"remarks", handover.remarks}};
}

Result<net::Response> answer(int status, Result<desk::Handover> handover, const Call& call) {
  if (!handover) return std::unexpected(std::move(handover).error());
  TRY_ASSIGN(auto body, handover_json(*handover, call.language));
  return json_response(status, body);
}

// In which the shift changes: that of the roster's first rotation; of a handover by no roster, or one that is
// gone, of the first roster there is.
std::string zone_of_shift(desk::Rosters& rosters, const desk::Handover& handover) {
  desk::Layer otherwise;
  auto all = rosters.rosters();
  if (!all) return otherwise.zone;
  std::ranges::stable_partition(*all, [&](const desk::Roster& one) { return one.id == handover.roster_id; });
  for (const auto& roster : *all) {
    for (const auto& tier : roster.tiers) {
      if (!tier.layers.empty()) return tier.layers.front().zone;
    }
  }
  return otherwise.zone;
}

// A signature is a person's: a token has nobody behind it.
Result<void> check_person(const Call& call) {
  if (call.who.kind == Principal::Kind::kUser) return {};
  return refuse(ErrorCode::kForbidden, "report.person");
}

Operation handover_action(std::string_view path, std::string_view id, std::string_view summary,
                          Schema request,
                          std::function<Result<desk::Handover>(const Call&, const std::string&)> act) {
  return {.method = net::Method::kPost,
          .path = path,
          .id = id,
          .tag = "handovers",
          .summary = summary,
          .role = Role::kAnalyst,
          .request = std::move(request),
          .response = reference("Handover"),
          .handler = [act = std::move(act)](const Call& call) -> Result<net::Response> {
            return answer(200, act(call, call.parameter("id")), call);
          }};
}

}  // namespace

Schema handover_item_shape() {
  return object({required("kind", one_of({"alert", "incident", "task", "clock", "directive", "report",
                                          "channel", "blind", "gap", "more"})),
                 required("id", nullable(text(64))), required("title", text(10'000)),
                 required("detail", text(20'000)), required("severity", nullable(text(20))),
                 required("at", nullable(time()))});
}

Schema handover_shape() {
  return object({required("id", id()), required("roster_id", nullable(id())), required("roster_name", text()),
                 required("state", one_of({"draft", "given", "taken", "withdrawn"})),
                 required("made_at", time()), required("made_by", text()),
                 required("items", list(reference("HandoverItem"), 5'000)),
                 required("notes", text(Limits::kTextBytes)), required("sha256", text(64)),
                 required("giver", nullable(text())), required("given_at", nullable(time())),
                 required("taker", nullable(text())), required("taken_at", nullable(time())),
                 required("remarks", text(Limits::kTextBytes))});
}

std::vector<Operation> handover_operations(Api& api) {
  using enum net::Method;
  auto* handovers = &api.handovers;
  auto* rosters = &api.rosters;
  constexpr auto kText = static_cast<std::int64_t>(Limits::kTextBytes);
  return {
      {.method = kGet,
       .path = "/handovers",
       .id = "listHandovers",
       .tag = "handovers",
       .summary = "Handovers, newest first",
       .query = paging(),
       .response = page_of(reference("Handover")),
       .handler = [handovers](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, handovers->list(call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) {
           TRY_ASSIGN(auto item, handover_json(one, call.language));
           items.push_back(std::move(item));
         }
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kGet,
       .path = "/handovers/preview",
       .id = "previewHandover",
       .tag = "handovers",
       .summary = "What is open now: what a handover would say; nothing is stored",
       .query = {{"roster", text(64), "with the gaps of this roster in the next 24 hours"}},
       .response = page_of(reference("HandoverItem")),
       .handler = [handovers](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, handovers->preview(call.query("roster")));
         json::array items;
         for (const auto& one : found) items.push_back(item_json(one, call.language));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/handovers",
       .id = "makeHandover",
       .tag = "handovers",
       .summary = "Freeze what is open now, with notes; an earlier one that nobody took is withdrawn",
       .role = Role::kAnalyst,
       .request = object({optional("roster_id", nullable(id())), optional("notes", text(kText))}),
       .success = 201,
       .response = reference("Handover"),
       .handler = [handovers](const Call& call) -> Result<net::Response> {
         return answer(
             201, handovers->make(call.text_or("roster_id", ""), call.text_or("notes", ""), call.who.name),
             call);
       }},
      {.method = kGet,
       .path = "/handovers/{id}",
       .id = "getHandover",
       .tag = "handovers",
       .summary = "A handover with its frozen list and its signatures",
       .response = reference("Handover"),
       .handler = [handovers](const Call& call) -> Result<net::Response> {
         return answer(200, handovers->get(call.parameter("id")), call);
       }},
      {.method = kGet,
       .path = "/handovers/{id}/pdf",
       .id = "printHandover",
       .tag = "handovers",
       .summary = "A handover on paper, as PDF",
       .response_type = "application/pdf",
       .handler = [handovers, rosters](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto handover, handovers->get(call.parameter("id")));
         TRY_ASSIGN(auto document,
                    handover_document(handover, call.language, zone_of_shift(*rosters, handover)));
         TRY_ASSIGN(auto bytes, paper::pdf_of(document));
         auto response = net::Response::text(200, std::move(bytes));
         response.headers.set("Content-Type", "application/pdf");
         response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"handover-{}.pdf\"",
                                                                 to_rfc3339(handover.made_at).substr(0, 10)));
         return response;
       }},
      handover_action("/handovers/{id}/give", "giveHandover",
                      "Who leaves signs the list with this SHA-256; a person's own session only",
                      object({required("sha256", text(64, 64))}),
                      [handovers](const Call& call, const std::string& id) -> Result<desk::Handover> {
                        TRY(check_person(call));
                        return handovers->give(id, *call.text("sha256"), call.who.name);
                      }),
      handover_action("/handovers/{id}/take", "takeHandover",
                      "Who comes signs the same list; another person than who gave it",
                      object({required("sha256", text(64, 64)), optional("remarks", text(kText))}),
                      [handovers](const Call& call, const std::string& id) -> Result<desk::Handover> {
                        TRY(check_person(call));
                        return handovers->take(id, *call.text("sha256"), call.text_or("remarks", ""),
                                               call.who.name);
                      }),
      handover_action("/handovers/{id}/withdraw", "withdrawHandover", "It is not to be taken", object({}),
                      [handovers](const Call& call, const std::string& id) {
                        return handovers->withdraw(id, call.who.name);
                      }),
  };
}

}  // namespace vedette::server
