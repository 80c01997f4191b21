// /reports, /report-forms and /organisation: papers about incidents, and who they come from.
#include "desk/reports/reports.h"

#include "server/api/api.h"
#include "server/api/report_json.h"
#include "server/api/report_paper.h"
#include "server/api/report_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Printing = Result<std::string> (*)(const paper::Document&);

Operation printed(Api& api, std::string_view path, std::string_view id, std::string_view summary,
                  std::string_view type, std::string_view ending, Printing print) {
  return {.path = path,
          .id = id,
          .tag = "reports",
          .summary = summary,
          .query = {{"language", one_of({"vi", "en"}), "of the paper; the reader's if not given"},
                    {"sources", one_of({"true", "false"}), "true: below each value where it comes from"}},
          .response_type = type,
          .handler = [&api, type, ending, print](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto found, api.reports.get(call.parameter("id")));
            const auto wanted = call.query("language");
            const auto language = wanted.empty() ? call.language : language_from(wanted);
            TRY_ASSIGN(auto bytes, print(report_document(found, language, call.query("sources") == "true")));
            auto response = net::Response::text(200, std::move(bytes));
            response.headers.set("Content-Type", type);
            response.headers.set("Content-Disposition",
                                 fmt::format("attachment; filename=\"{}-{}-{}.{}\"", found.reference,
                                             found.report.form, to_string(language), ending));
            return response;
          }};
}

}  // namespace

std::vector<Operation> report_operations(Api& api) {
  using enum net::Method;
  return {
      printed(api, "/reports/{id}/pdf", "printReport", "The paper as PDF, fonts embedded", "application/pdf",
              "pdf", paper::pdf_of),
      printed(api, "/reports/{id}/odt", "writeReport", "The paper as OpenDocument Text",
              "application/vnd.oasis.opendocument.text", "odt", paper::odt_of),
      {.method = kGet,
       .path = "/report-forms",
       .id = "listReportForms",
       .tag = "reports",
       .summary = "The forms there are, which clock each answers, and whether somebody has verified it",
       .response = page_of(reference("ReportForm")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         json::array items;
         for (const auto* one : api.reports.forms().forms())
           items.push_back(report_form_json(*one, call.language));
         return page_response(std::move(items), "");
       }},
      {.method = kGet,
       .path = "/reports",
       .id = "listReports",
       .tag = "reports",
       .summary = "Reports that are not done, the soonest deadline first; of one incident all, oldest first",
       .query = {{"incident", text(64), "only those about this incident"}},
       .response = page_of(reference("Report")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, api.reports.list(call.query("incident")));
         json::array items;
         for (const auto& one : found)
           items.push_back(report_summary_json(one, api.clock.wall(), call.language));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/reports",
       .id = "draftReport",
       .tag = "reports",
       .summary = "Begin a report about an incident, by a form; it answers the form's clock or the one named",
       .role = Role::kAnalyst,
       .request = object({required("incident_id", id()), required("form", text(40, 1)),
                          optional("regime", text(40)), optional("step", text(40))}),
       .success = 201,
       .response = reference("ReportDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto made,
                    api.reports.draft(*call.text("incident_id"), *call.text("form"),
                                      {call.text_or("regime", ""), call.text_or("step", "")}, call.who.name));
         return json_response(201, report_detail_json(made, api.clock.wall(), call.language));
       }},
      {.method = kGet,
       .path = "/reports/{id}",
       .id = "getReport",
       .tag = "reports",
       .summary = "A report: every value with its source, what is missing, who approved which paper",
       .response = reference("ReportDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto found, api.reports.get(call.parameter("id")));
         return json_response(200, report_detail_json(found, api.clock.wall(), call.language));
       }},
      {.method = kGet,
       .path = "/organisation",
       .id = "getOrganisation",
       .tag = "reports",
       .summary = "Who reports: what forms take from the settings",
       .response = reference("Organisation"),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto found, api.reports.organisation());
         return json_response(200, organisation_json(found));
       }},
      {.method = kPut,
       .path = "/organisation",
       .id = "setOrganisation",
       .tag = "reports",
       .summary = "Say who reports",
       .role = Role::kLead,
       .request = organisation_shape(),
       .response = reference("Organisation"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Organisation given{*call.text("name"),    *call.text("address"), *call.text("sector"),
                                  *call.text("contact"), *call.text("phone"),   *call.text("email")};
         TRY_ASSIGN(auto saved, api.reports.set_organisation(given, call.who.name));
         return json_response(200, organisation_json(saved));
       }},
  };
}

}  // namespace vedette::server
