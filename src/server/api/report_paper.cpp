#include "server/api/report_paper.h"

#include <fmt/format.h>

#include "model/message.h"

namespace vedette::server {

paper::Document report_document(const desk::ReportDetail& detail, Language language, bool sources) {
  const auto say = [&](std::string key, std::map<std::string, std::string> arguments = {}) {
    return render({"server.paper." + key, std::move(arguments)}, language);
  };
  const auto& report = detail.report;
  paper::Document out{.language = std::string(to_string(language)), .title = detail.paper.title.in(language)};
  out.lines.push_back(say("incident", {{"reference", detail.reference}}));
  out.lines.push_back(say("citation", {{"citation", detail.paper.citation}}));
  if (report.state == desk::ReportState::kDraft || report.state == desk::ReportState::kInReview) {
    out.lines.push_back(say(std::string("state_") + std::string(desk::to_string(report.state))));
    if (!detail.paper.verified) out.lines.push_back(say("unverified"));
  }
  if (report.state == desk::ReportState::kDropped) out.lines.push_back(say("state_dropped"));
  for (const auto& one : report.approvals)
    out.lines.push_back(say("approved", {{"who", one.by}, {"when", render_time(one.at, language)}}));
  if (!report.sha256.empty()) out.lines.push_back(say("sha256", {{"sha256", report.sha256}}));
  for (const auto& section : detail.paper.sections) {
    paper::Section made{.name = section.name.in(language)};
    for (const auto& field : section.fields) {
      // What nobody had to fill and nobody filled does not stand on the paper.
      if (field.value.in(language).empty() && !field.required) continue;
      made.rows.push_back({.label = field.label.in(language),
                           .value = field.missing() ? say("missing") : field.value.in(language),
                           .note = sources ? field.source.in(language) : ""});
    }
    if (!made.rows.empty()) out.sections.push_back(std::move(made));
  }
  out.foot = fmt::format("{} · {}", detail.reference, out.title);
  return out;
}

}  // namespace vedette::server
