#include "server/api/situation_paper.h"

#include <fmt/format.h>

#include "desk/roster/shown_time.h"

namespace vedette::server {

Result<paper::Document> situation_document(const desk::SituationReport& report, Language language,
                                           const std::string& zone) {
  const auto say = [&](std::string key, std::map<std::string, std::string> arguments = {}) {
    return render({std::move(key), std::move(arguments)}, language);
  };
  TRY_ASSIGN(auto list, desk::handover_list(report.list));
  paper::Document out{.language = std::string(to_string(language)),
                      .title = say("server.situation.title", {{"day", report.day}})};
  out.lines.push_back(say("server.situation.period", {{"period", report.period_name}}));
  out.lines.push_back(say("server.situation.made",
                          {{"when", desk::shown_time(report.made_at, zone)}, {"who", report.made_by}}));
  out.lines.push_back(say("server.situation.sha256", {{"sha256", report.sha256}}));
  for (std::string_view kind : {"count", "duty", "alert", "incident", "clock", "directive", "task", "report",
                                "channel", "blind", "gap", "more"}) {
    const bool own = kind == "count" || kind == "duty";
    paper::Section section{.name = say(fmt::format("server.{}.{}", own ? "situation" : "handover", kind))};
    for (const auto& one : list.items) {
      if (one.kind != kind) continue;
      auto label = one.severity.empty() ? std::string() : say("desk.severity." + one.severity);
      if (one.at) label += (label.empty() ? "" : "\n") + desk::shown_time(*one.at, zone);
      section.rows.push_back(
          {.label = std::move(label), .value = one.title.in(language), .note = one.detail.in(language)});
    }
    // That there is none of these is part of the situation.
    if (section.rows.empty() && (kind == "alert" || kind == "incident" || kind == "blind"))
      section.rows.push_back({.value = say("server.situation.none")});
    if (!section.rows.empty()) out.sections.push_back(std::move(section));
  }
  out.foot = out.title + " · " + report.period_name;
  return out;
}

}  // namespace vedette::server
