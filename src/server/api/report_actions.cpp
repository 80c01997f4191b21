// /reports/{id}…: what people do with a report. The desk writes timeline and audit log itself.
#include "desk/reports/reports.h"
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/report_json.h"
#include "server/api/report_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using ReportAct = std::function<Result<desk::ReportDetail>(const Call&, const std::string& id)>;

Operation report_action(Api& api, net::Method method, std::string_view path, std::string_view id,
                        std::string_view summary, Role role, Schema request, ReportAct act) {
  return {.method = method,
          .path = path,
          .id = id,
          .tag = "reports",
          .summary = summary,
          .role = role,
          .request = std::move(request),
          .response = reference("ReportDetail"),
          .handler = [&api, act = std::move(act)](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto report, act(call, call.parameter("id")));
            return json_response(200, report_detail_json(report, api.clock.wall(), call.language));
          }};
}

constexpr auto kText = static_cast<std::int64_t>(desk::ReportLimits::kTextBytes);
Schema a_note() { return object({optional("note", text(kText))}); }

std::map<std::string, std::string> texts_of(const Call& call) {
  std::map<std::string, std::string> out;
  for (const auto& [field, value] : call.body.at("values").as_object())
    out[field] = std::string(value.as_string());
  return out;
}

}  // namespace

std::vector<Operation> report_action_operations(Api& api) {
  using enum net::Method;
  auto* reports = &api.reports;
  const auto* clock = &api.clock;
  return {
      report_action(api, kPatch, "/reports/{id}", "typeReport",
                    "Type values, by the field's id; an empty text gives the fact again. In review or "
                    "approved, the report is a draft again and the approvals are gone",
                    Role::kAnalyst,
                    object({required("revision", count()), required("values", map(text(kText), 512))}),
                    [reports](const Call& call, const std::string& id) {
                      return reports->type(id, *call.integer("revision"), texts_of(call), call.who.name);
                    }),
      report_action(
          api, kPost, "/reports/{id}/submit", "submitReport",
          "Freeze it for review; refused while a required field is empty", Role::kAnalyst, object({}),
          [reports](const Call& call, const std::string& id) { return reports->submit(id, call.who.name); }),
      report_action(api, kPost, "/reports/{id}/approve", "approveReport",
                    "Approve the paper with this SHA-256; a person's own session only", Role::kLead,
                    object({required("sha256", text(64, 64))}),
                    [reports](const Call& call, const std::string& id) -> Result<desk::ReportDetail> {
                      if (call.who.kind != Principal::Kind::kUser)
                        return refuse(ErrorCode::kForbidden, "report.person");
                      return reports->approve(id, *call.text("sha256"), call.who.name);
                    }),
      report_action(api, kPost, "/reports/{id}/return", "returnReport",
                    "Give it back: it is a draft again, its approvals are gone", Role::kLead, a_note(),
                    [reports](const Call& call, const std::string& id) {
                      return reports->give_back(id, call.text_or("note", ""), call.who.name);
                    }),
      report_action(api, kPost, "/reports/{id}/send", "sendReport",
                    "It went out; its clock is marked as sent in the same transaction", Role::kAnalyst,
                    object({optional("sent_at", nullable(time())), optional("note", text(kText))}),
                    [reports, clock](const Call& call, const std::string& id) -> Result<desk::ReportDetail> {
                      auto sent_at = clock->wall();
                      if (auto at = call.text("sent_at")) {
                        TRY_ASSIGN(sent_at, parse_rfc3339(*at));
                      }
                      return reports->send(id, sent_at, call.text_or("note", ""), call.who.name);
                    }),
      report_action(api, kPost, "/reports/{id}/take-back", "takeBackReport",
                    "That it went out was a mistake; its clock runs again", Role::kLead, a_note(),
                    [reports](const Call& call, const std::string& id) {
                      return reports->take_back(id, call.text_or("note", ""), call.who.name);
                    }),
      report_action(api, kPost, "/reports/{id}/receipt", "receiptReport", "The recipient has confirmed it",
                    Role::kAnalyst, object({required("receipt", text(kText, 1))}),
                    [reports](const Call& call, const std::string& id) {
                      return reports->receipt(id, *call.text("receipt"), call.who.name);
                    }),
      report_action(api, kPost, "/reports/{id}/drop", "dropReport", "It is not needed; it stays readable",
                    Role::kAnalyst, a_note(),
                    [reports](const Call& call, const std::string& id) {
                      return reports->drop(id, call.text_or("note", ""), call.who.name);
                    }),
  };
}

}  // namespace vedette::server
