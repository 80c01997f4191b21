#include "server/api/report_json.h"

#include "server/api/incident_json.h"
#include "server/api/operation.h"

namespace vedette::server {
namespace json = boost::json;

json::object report_summary_json(const desk::ReportDetail& detail, WallTime now, Language language) {
  const auto& report = detail.report;
  json::array approvals;
  for (const auto& one : report.approvals)
    approvals.push_back(json::object{{"by", one.by}, {"at", to_rfc3339(one.at)}, {"sha256", one.sha256}});
  return {{"id", report.id},
          {"incident_id", report.incident_id},
          {"reference", detail.reference},
          {"incident_title", detail.incident_title},
          {"form", report.form},
          {"form_name", detail.paper.title.in(language)},
          {"state", desk::to_string(report.state)},
          {"revision", report.revision},
          {"clock", detail.clock ? json::value(clock_json(*detail.clock, now, language)) : json::value()},
          {"missing", detail.missing.size()},
          {"approvals", std::move(approvals)},
          {"approvals_needed", detail.form ? detail.form->approvals : 2},
          {"created_at", to_rfc3339(report.created_at)},
          {"created_by", report.created_by},
          {"updated_at", to_rfc3339(report.updated_at)},
          {"sent_at", time_or_null(report.sent_at)},
          {"sent_by", text_or_null(report.sent_by)},
          {"sent_note", text_or_null(report.sent_note)},
          {"receipted_at", time_or_null(report.receipted_at)},
          {"receipted_by", text_or_null(report.receipted_by)},
          {"receipt", text_or_null(report.receipt)}};
}

json::object report_detail_json(const desk::ReportDetail& detail, WallTime now, Language language) {
  auto out = report_summary_json(detail, now, language);
  json::array sections;
  for (const auto& section : detail.paper.sections) {
    json::array fields;
    for (const auto& field : section.fields) {
      auto typed = detail.report.typed.find(field.id);
      fields.push_back(json::object{
          {"id", field.id},
          {"label", field.label.in(language)},
          {"value", field.value.in(language)},
          {"source", field.source.in(language)},
          {"typed", typed == detail.report.typed.end() ? json::value() : json::value(typed->second.text)},
          {"required", field.required},
          {"missing", field.missing()},
          {"changed", std::ranges::find(detail.changed, field.id) != detail.changed.end()},
          {"citation", field.citation}});
    }
    sections.push_back(json::object{{"name", section.name.in(language)}, {"fields", std::move(fields)}});
  }
  out["sections"] = std::move(sections);
  out["citation"] = detail.paper.citation;
  out["status"] = detail.paper.verified ? "verified" : "unverified";
  out["sha256"] = text_or_null(detail.report.sha256);
  out["authors"] = text_list({detail.report.authors.begin(), detail.report.authors.end()});
  out["form_known"] = detail.form != nullptr;
  return out;
}

json::object report_form_json(const desk::Form& form, Language language) {
  return {{"id", form.id},
          {"name", form.name.in(language)},
          {"regime", text_or_null(form.regime)},
          {"step", text_or_null(form.step)},
          {"status", form.verified ? "verified" : "unverified"},
          {"citation", form.citation},
          {"approvals", form.approvals}};
}

json::object organisation_json(const desk::Organisation& organisation) {
  return {{"name", organisation.name},     {"address", organisation.address},
          {"sector", organisation.sector}, {"contact", organisation.contact},
          {"phone", organisation.phone},   {"email", organisation.email}};
}

}  // namespace vedette::server
