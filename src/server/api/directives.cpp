// /directives: the register of what competent authorities ask.
#include "desk/directives/directives.h"

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/directive_part.h"
#include "server/api/intake_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Most = desk::DirectiveLimits;
constexpr std::int64_t kShort = Most::kNameBytes;

Schema directive_states() {
  return one_of(
      {"received", "verified", "assigned", "approved", "executed", "answered", "contested", "rejected"});
}
Schema file_kinds() { return one_of({"request", "evidence", "answer"}); }

std::vector<SchemaField> directive_fields(bool with_revision) {
  std::vector<SchemaField> out{required("reference", text(kShort, 1)),
                               required("authority", text(kShort, 1)),
                               required("legal_basis", text(kShort, 1)),
                               required("title", text(kShort, 1)),
                               optional("scope", text(Most::kScopeBytes)),
                               optional("text", text(Most::kTextBytes)),
                               required("received_at", time()),
                               optional("due_at", nullable(time()))};
  if (with_revision) out.push_back(required("revision", integer(1, 1'000'000'000)));
  return out;
}

Result<desk::Directive> directive_of(const Call& call) {
  desk::Directive out{.reference = *call.text("reference"),
                      .authority = *call.text("authority"),
                      .legal_basis = *call.text("legal_basis"),
                      .title = *call.text("title"),
                      .scope = call.text_or("scope", ""),
                      .text = call.text_or("text", "")};
  TRY_ASSIGN(out.received_at, parse_rfc3339(*call.text("received_at")));
  if (const auto due = call.text("due_at"); due && !due->empty()) {
    TRY_ASSIGN(out.due_at, parse_rfc3339(*due));
  }
  return out;
}

Result<net::Response> count_response(Api& api, const Call& call) {
  constexpr auto kYear = std::chrono::hours(24 * 366);
  // A first moment that was not given is a year ago, an end that was not given is now.
  TRY_ASSIGN(auto span, span_of(call, api.clock.wall() - kYear, kYear));
  TRY_ASSIGN(auto counts, api.directives.count(span.first, span.second));
  json::array items;
  for (const auto& one : counts)
    items.push_back(json::object{{"month", one.month},
                                 {"authority", one.authority},
                                 {"received", one.received},
                                 {"carried_out", one.carried_out},
                                 {"contested", one.contested},
                                 {"rejected", one.rejected},
                                 {"open", one.open}});
  return page_response(std::move(items), "");
}

}  // namespace

json::object directive_json(const desk::Directive& one) {
  json::array approvals, files;
  for (const auto& approval : one.approvals)
    approvals.push_back(
        json::object{{"by", approval.by}, {"at", to_rfc3339(approval.at)}, {"sha256", approval.sha256}});
  for (const auto& file : one.files)
    files.push_back(json::object{{"id", file.id},
                                 {"kind", file.kind},
                                 {"name", file.name},
                                 {"bytes", file.bytes},
                                 {"sha256", file.sha256},
                                 {"at", to_rfc3339(file.at)},
                                 {"by", file.by}});
  return {{"id", one.id},
          {"revision", one.revision},
          {"reference", one.reference},
          {"authority", one.authority},
          {"legal_basis", one.legal_basis},
          {"title", one.title},
          {"scope", one.scope},
          {"text", one.text},
          {"received_at", to_rfc3339(one.received_at)},
          {"due_at", time_or_null(one.due_at)},
          {"state", desk::to_string(one.state)},
          {"assignee", text_or_null(one.assignee)},
          {"answer", one.answer},
          {"outcome", text_or_null(one.outcome)},
          {"made_at", to_rfc3339(one.made_at)},
          {"made_by", one.made_by},
          {"closed_at", time_or_null(one.closed_at)},
          {"sha256", desk::directive_sha256(one)},
          {"approvals", std::move(approvals)},
          {"approvals_needed", Most::kApprovals},
          {"files", std::move(files)}};
}

Schema directive_shape() {
  auto approval = object({required("by", text()), required("at", time()), required("sha256", text(64))});
  auto file = object({required("id", id()), required("kind", file_kinds()), required("name", text(kShort)),
                      required("bytes", count()), required("sha256", text(64)), required("at", time()),
                      required("by", text())});
  return object({required("id", id()),
                 required("revision", count()),
                 required("reference", text(kShort)),
                 required("authority", text(kShort)),
                 required("legal_basis", text(kShort)),
                 required("title", text(kShort)),
                 required("scope", text(Most::kScopeBytes)),
                 required("text", text(Most::kTextBytes)),
                 required("received_at", time()),
                 required("due_at", nullable(time())),
                 required("state", directive_states()),
                 required("assignee", nullable(text(kShort))),
                 required("answer", text(Most::kTextBytes)),
                 required("outcome", nullable(one_of({"carried_out", "contested", "rejected"}))),
                 required("made_at", time()),
                 required("made_by", text()),
                 required("closed_at", nullable(time())),
                 required("sha256", text(64)),
                 required("approvals", list(std::move(approval), 10)),
                 required("approvals_needed", count()),
                 required("files", list(std::move(file), Most::kFiles))});
}

Schema directive_detail_shape() {
  auto step = object({required("at", time()), required("by", text()), required("action", text(40)),
                      required("note", text(Most::kNoteBytes))});
  return object({required("directive", reference("Directive")),
                 required("steps", list(std::move(step), Most::kSteps)),
                 required("mail", nullable(reference("TakenMail")))});
}

std::vector<Operation> directive_operations(Api& api) {
  using enum net::Method;
  auto listing = paging();
  listing.push_back({"open", boolean(), "only those that are neither answered nor rejected"});
  listing.push_back({"order", one_of({"newest", "due"}), "due: soonest first"});
  return {
      {.method = kGet,
       .path = "/directives",
       .id = "listDirectives",
       .tag = "directives",
       .summary = "Requests of competent authorities, newest first or by their due time",
       .query = std::move(listing),
       .response = page_of(reference("Directive")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto page, api.directives.list({.open_only = call.query("open") == "true",
                                                    .by_due = call.query("order") == "due",
                                                    .cursor = call.cursor(),
                                                    .limit = call.limit()}));
         json::array items;
         for (const auto& one : page.items) items.push_back(directive_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kPost,
       .path = "/directives",
       .id = "addDirective",
       .tag = "directives",
       .summary = "Register what an authority asks; its file is attached next",
       .role = Role::kAnalyst,
       .request = object(directive_fields(false)),
       .success = 201,
       .response = reference("Directive"),
       .body_bytes_max = 256 * 1024,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto draft, directive_of(call));
         TRY_ASSIGN(auto made, api.directives.add(draft, call.who.name));
         return json_response(201, directive_json(made));
       }},
      {.method = kGet,
       .path = "/directives/transparency",
       .id = "countDirectives",
       .tag = "directives",
       .summary = "How many were received, carried out, contested, rejected and are open, by month (UTC) and "
                  "authority; "
                  "no person and no content, to be published",
       .query = {{"from", time(), "received since; a year ago if not given"},
                 {"to", time(), "received before"}},
       .response = page_of(object({required("month", text(7)), required("authority", text(kShort)),
                                   required("received", count()), required("carried_out", count()),
                                   required("contested", count()), required("rejected", count()),
                                   required("open", count())})),
       .handler = [&api](const Call& call) { return count_response(api, call); }},
      {.method = kGet,
       .path = "/directives/open",
       .id = "openDirectives",
       .tag = "directives",
       .summary =
           "How many wait for an answer, how many of them past their due time, and the soonest due time",
       .on_wall = true,
       .response = object({required("open", count()), required("overdue", count()),
                           required("soonest_due", nullable(time()))}),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto open, api.directives.count_open());
         return json_response(200, json::object{{"open", open.open},
                                                {"overdue", open.overdue},
                                                {"soonest_due", time_or_null(open.soonest_due)}});
       }},
      {.method = kGet,
       .path = "/directives/{id}",
       .id = "getDirective",
       .tag = "directives",
       .summary = "A directive with its files, approvals and every step",
       .response = reference("DirectiveDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto detail, api.directives.get(call.parameter("id")));
         json::array steps;
         for (const auto& one : detail.steps)
           steps.push_back(json::object{
               {"at", to_rfc3339(one.at)}, {"by", one.by}, {"action", one.action}, {"note", one.note}});
         TRY_ASSIGN(auto mail, mail_json(api, detail.directive.id));
         return json_response(200, json::object{{"directive", directive_json(detail.directive)},
                                                {"steps", std::move(steps)},
                                                {"mail", std::move(mail)}});
       }},
      {.method = kPut,
       .path = "/directives/{id}",
       .id = "changeDirective",
       .tag = "directives",
       .summary = "Change what is asked: it must be verified and approved anew",
       .role = Role::kAnalyst,
       .request = object(directive_fields(true)),
       .response = reference("Directive"),
       .body_bytes_max = 256 * 1024,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto draft, directive_of(call));
         draft.id = call.parameter("id");
         draft.revision = *call.integer("revision");
         TRY_ASSIGN(auto made, api.directives.change(draft, call.who.name));
         return json_response(200, directive_json(made));
       }},
  };
}

}  // namespace vedette::server
