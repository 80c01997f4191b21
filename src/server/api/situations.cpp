// /watch-periods/{id}/reports and /situation-reports: what was so on each day of a watch period.
#include <fmt/format.h>

#include "desk/periods/situation.h"
#include "server/api/api.h"
#include "server/api/situation_paper.h"
#include "server/api/situation_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

json::object schedule_json(const desk::ReportSchedule& schedule) {
  return {{"minute", schedule.minute ? json::value(*schedule.minute) : json::value()},
          {"policy_id", text_or_null(schedule.policy_id)}};
}

Result<json::object> situation_json(const desk::SituationReport& report, Language language) {
  TRY_ASSIGN(auto list, desk::handover_list(report.list));
  json::array items;
  for (const auto& one : list.items)
    items.push_back(json::object{{"kind", one.kind},
                                 {"id", text_or_null(one.id)},
                                 {"title", one.title.in(language)},
                                 {"detail", one.detail.in(language)},
                                 {"severity", text_or_null(one.severity)},
                                 {"at", time_or_null(one.at)}});
  return json::object{{"id", report.id},
                      {"period_id", report.period_id},
                      {"period_name", report.period_name},
                      {"day", report.day},
                      {"made_at", to_rfc3339(report.made_at)},
                      {"made_by", report.made_by},
                      {"sha256", report.sha256},
                      {"items", std::move(items)}};
}

// The zone of its period; of one that is gone UTC.
Result<net::Response> printed(desk::SituationReports& reports, Api& api, const Call& call, bool pdf) {
  TRY_ASSIGN(auto report, reports.report(call.parameter("id")));
  auto period = api.periods.period(report.period_id);
  TRY_ASSIGN(auto document, situation_document(report, call.language, period ? period->zone : "Etc/UTC"));
  auto bytes = pdf ? paper::pdf_of(document) : paper::odt_of(document);
  if (!bytes) return std::unexpected(bytes.error());
  auto response = net::Response::text(200, *std::move(bytes));
  response.headers.set("Content-Type", pdf ? "application/pdf" : "application/vnd.oasis.opendocument.text");
  response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"situation-{}.{}\"",
                                                          report.day, pdf ? "pdf" : "odt"));
  return response;
}

}  // namespace

Schema report_schedule_shape() {
  return object({required("minute", nullable(integer(0, desk::kDayMinutes - 1))),
                 required("policy_id", nullable(text(36)))});
}

Schema situation_report_shape() {
  auto item = object({required("kind", text(16)), required("id", nullable(text(64))),
                      required("title", text(10'000)), required("detail", text(20'000)),
                      required("severity", nullable(text(20))), required("at", nullable(time()))});
  return object({required("id", id()), required("period_id", id()), required("period_name", text()),
                 required("day", text(10, 10)), required("made_at", time()), required("made_by", text()),
                 required("sha256", text(64)), required("items", list(std::move(item), 10'000))});
}

std::vector<Operation> situation_operations(Api& api) {
  using enum net::Method;
  auto* handovers = &api.handovers;
  auto reports = std::make_shared<desk::SituationReports>(api.database, api.desk, api.clock,
                                                          [handovers] { return handovers->preview(""); });
  return {
      {.method = kGet,
       .path = "/watch-periods/{id}/report-schedule",
       .id = "getReportSchedule",
       .tag = "periods",
       .summary = "When its daily situation report is made, and by which policy it is sent",
       .response = reference("ReportSchedule"),
       .handler = [reports](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto schedule, reports->schedule(call.parameter("id")));
         return json_response(200, schedule_json(schedule));
       }},
      {.method = kPut,
       .path = "/watch-periods/{id}/report-schedule",
       .id = "setReportSchedule",
       .tag = "periods",
       .summary =
           "minute: of the day in its zone, null for no report; the policy must send informational alerts",
       .role = Role::kLead,
       .request = report_schedule_shape(),
       .response = reference("ReportSchedule"),
       .handler = [reports](const Call& call) -> Result<net::Response> {
         desk::ReportSchedule schedule{.policy_id = call.text_or("policy_id", "")};
         if (auto minute = call.integer("minute")) schedule.minute = static_cast<int>(*minute);
         TRY_ASSIGN(auto saved, reports->set_schedule(call.parameter("id"), schedule, call.who.name));
         return json_response(200, schedule_json(saved));
       }},
      {.method = kGet,
       .path = "/watch-periods/{id}/reports",
       .id = "listSituationReports",
       .tag = "periods",
       .summary = "Its situation reports, newest first, at most 200",
       .response = page_of(reference("SituationReport")),
       .handler = [reports](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, reports->reports(call.parameter("id")));
         json::array items;
         for (const auto& one : found) {
           TRY_ASSIGN(auto item, situation_json(one, call.language));
           items.push_back(std::move(item));
         }
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/watch-periods/{id}/reports",
       .id = "makeSituationReport",
       .tag = "periods",
       .summary = "Make the situation report of today now; one a day",
       .role = Role::kAnalyst,
       .request = object({}),
       .success = 201,
       .response = reference("SituationReport"),
       .handler = [reports](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto made, reports->make(call.parameter("id"), call.who.name));
         TRY_ASSIGN(auto body, situation_json(made, call.language));
         return json_response(201, body);
       }},
      {.method = kGet,
       .path = "/situation-reports/{id}",
       .id = "getSituationReport",
       .tag = "periods",
       .summary = "One situation report",
       .response = reference("SituationReport"),
       .handler = [reports](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto report, reports->report(call.parameter("id")));
         TRY_ASSIGN(auto body, situation_json(report, call.language));
         return json_response(200, body);
       }},
      {.method = kGet,
       .path = "/situation-reports/{id}/pdf",
       .id = "printSituationReport",
       .tag = "periods",
       .summary = "A situation report on paper, as PDF",
       .response_type = "application/pdf",
       .handler = [reports, &api](const Call& call) { return printed(*reports, api, call, true); }},
      {.method = kGet,
       .path = "/situation-reports/{id}/odt",
       .id = "writeSituationReport",
       .tag = "periods",
       .summary = "A situation report as OpenDocument text",
       .response_type = "application/vnd.oasis.opendocument.text",
       .handler = [reports, &api](const Call& call) { return printed(*reports, api, call, false); }},
  };
}

}  // namespace vedette::server
