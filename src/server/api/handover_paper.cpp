#include "server/api/handover_paper.h"

#include <fmt/format.h>

#include "desk/roster/shown_time.h"

namespace vedette::server {

Result<paper::Document> handover_document(const desk::Handover& handover, Language language,
                                          const std::string& zone) {
  const auto say = [&](std::string key, std::map<std::string, std::string> arguments = {}) {
    return render({"server.handover." + key, std::move(arguments)}, language);
  };
  const auto signature = [&](const std::string& key, const std::string& who,
                             const std::optional<WallTime>& at) {
    return at ? say(key, {{"who", who}, {"when", desk::shown_time(*at, zone)}}) : say("not_" + key);
  };
  TRY_ASSIGN(auto list, desk::handover_list(handover.list));
  paper::Document out{.language = std::string(to_string(language)), .title = say("title")};
  if (!handover.roster_name.empty()) out.lines.push_back(say("roster", {{"roster", handover.roster_name}}));
  out.lines.push_back(
      say("made", {{"who", handover.made_by}, {"when", desk::shown_time(handover.made_at, zone)}}));
  out.lines.push_back(signature("given", handover.giver, handover.given_at));
  out.lines.push_back(signature("taken", handover.taker, handover.taken_at));
  out.lines.push_back(say("sha256", {{"sha256", handover.sha256}}));
  for (std::string_view kind :
       {"alert", "incident", "task", "clock", "directive", "report", "channel", "blind", "gap", "more"}) {
    paper::Section section{.name = say(std::string(kind))};
    for (const auto& one : list.items) {
      if (one.kind != kind) continue;
      auto label =
          one.severity.empty() ? std::string() : render({"desk.severity." + one.severity, {}}, language);
      if (one.at) label += (label.empty() ? "" : "\n") + desk::shown_time(*one.at, zone);
      auto value = one.title.in(language);
      section.rows.push_back(
          {.label = std::move(label), .value = std::move(value), .note = one.detail.in(language)});
    }
    if (!section.rows.empty()) out.sections.push_back(std::move(section));
  }
  if (list.items.empty()) out.sections.push_back({say("nothing"), {}});
  if (!list.notes.empty()) out.sections.push_back({say("notes"), {{"", list.notes, ""}}});
  if (!handover.remarks.empty()) out.sections.push_back({say("remarks"), {{"", handover.remarks, ""}}});
  out.foot = out.title + " · " + desk::shown_time(handover.made_at, zone);
  return out;
}

}  // namespace vedette::server
