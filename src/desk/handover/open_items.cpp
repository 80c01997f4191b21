// Handovers: what is open now.
#include "desk/directives/directive.h"
#include "desk/handover/handovers.h"
#include "desk/incidents/task.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
constexpr auto kAheadOfGaps = hours(24);

TwoLanguages in_languages(const Message& message) {
  return {render(message, Language::kVietnamese), render(message, Language::kEnglish)};
}

HandoverItem more_than(std::string_view kind) {
  return {.kind = "more",
          .title = in_languages({fmt::format("desk.handover.more_{}", kind),
                                 {{"most", std::to_string(HandoverLimits::kItemsOfKind)}}})};
}

// Of these incidents, what nobody has done or skipped.
Result<void> add_tasks(store::Session& session, const std::vector<Incident>& incidents,
                       std::vector<HandoverItem>& out) {
  std::size_t count = 0;
  for (const auto& incident : incidents) {
    TRY_ASSIGN(auto tasks, load_tasks(session, incident.id));
    for (const auto& task : tasks) {
      if (task.state != TaskState::kOpen && task.state != TaskState::kInProgress) continue;
      if (++count > HandoverLimits::kItemsOfKind) {
        out.push_back(more_than("task"));
        return {};
      }
      std::string who;
      if (!task.assignee.empty()) {
        TRY_ASSIGN(auto person, load_person(session, task.assignee));
        who = person.name;
      }
      out.push_back(
          {.kind = "task",
           .id = incident.id,
           .title = {incident.reference + ": " + task.title.vi, incident.reference + ": " + task.title.en},
           .detail = in_languages(
               {fmt::format("desk.handover.task_{}{}", to_string(task.state), who.empty() ? "" : "_by"),
                {{"who", who}}}),
           .at = task.due_at});
    }
  }
  return {};
}

// What authorities ask and nobody has answered, soonest first.
Result<void> add_directives(store::Session& session, std::vector<HandoverItem>& out) {
  TRY_ASSIGN(
      auto open,
      list_directives(session, {.open_only = true, .by_due = true, .limit = HandoverLimits::kItemsOfKind}));
  for (const auto& one : open.items)
    out.push_back({.kind = "directive",
                   .id = one.id,
                   .title = {one.reference + ": " + one.title, one.reference + ": " + one.title},
                   .detail = in_languages({fmt::format("desk.directive_state.{}{}", to_string(one.state),
                                                       one.assignee.empty() ? "" : "_by"),
                                           {{"authority", one.authority}, {"who", one.assignee}}}),
                   .at = one.due_at});
  if (!open.next_cursor.empty()) out.push_back(more_than("directive"));
  return {};
}

}  // namespace

Result<void> Handovers::add_alerts(std::vector<HandoverItem>& out) {
  for (const char* state : {"new", "acknowledged"}) {
    TRY_ASSIGN(
        auto alerts,
        desk_.alerts({.state = state, .order = AlertOrder::kGravest, .limit = HandoverLimits::kItemsOfKind}));
    for (const auto& one : alerts.items) {
      if (!one.merged_into.empty()) continue;
      auto title = in_languages(one.title);
      auto next = in_languages(one.next_step);
      auto who = in_languages(one.acknowledged_by.empty()
                                  ? Message{"desk.handover.unanswered", {}}
                                  : Message{"desk.handover.answered", {{"who", one.acknowledged_by}}});
      out.push_back(
          {.kind = "alert",
           .id = one.id,
           .title = {title.vi + " (" + one.asset.name + ")", title.en + " (" + one.asset.name + ")"},
           .detail = {who.vi + " " + next.vi, who.en + " " + next.en},
           .severity = std::string(to_string(one.severity)),
           .at = one.next_step_at});
    }
    if (!alerts.next_cursor.empty()) out.push_back(more_than("alert"));
  }
  return {};
}

Result<void> Handovers::add_cases(std::vector<HandoverItem>& out) {
  TRY_ASSIGN(auto incidents,
             incidents_.list({.state = "open", .cursor = {}, .limit = HandoverLimits::kItemsOfKind}));
  for (const auto& one : incidents.items)
    out.push_back({.kind = "incident",
                   .id = one.id,
                   .title = {one.reference + " " + one.title, one.reference + " " + one.title},
                   .detail = in_languages({fmt::format("desk.phase.{}", to_string(one.state)), {}}),
                   .severity = std::string(to_string(one.severity))});
  if (!incidents.next_cursor.empty()) out.push_back(more_than("incident"));
  TRY(database_.read(
      [&](store::Session& session) -> Result<void> { return add_tasks(session, incidents.items, out); }));
  TRY_ASSIGN(auto clocks, incidents_.open_clocks(HandoverLimits::kItemsOfKind));
  for (const auto& one : clocks)
    out.push_back({.kind = "clock",
                   .id = one.incident_id,
                   .title = {one.reference + ": " + one.clock.step->name.vi,
                             one.reference + ": " + one.clock.step->name.en},
                   .detail = one.clock.regime->name,
                   .at = one.clock.due});
  if (clocks.size() == HandoverLimits::kItemsOfKind) out.push_back(more_than("clock"));
  TRY(database_.read([&](store::Session& session) { return add_directives(session, out); }));
  TRY_ASSIGN(auto reports, reports_.list(""));
  std::size_t count = 0;
  for (const auto& one : reports) {
    if (++count > HandoverLimits::kItemsOfKind) {
      out.push_back(more_than("report"));
      break;
    }
    out.push_back(
        {.kind = "report",
         .id = one.report.id,
         .title = {one.reference + ": " + one.paper.title.vi, one.reference + ": " + one.paper.title.en},
         .detail = in_languages({fmt::format("desk.report_state.{}", to_string(one.report.state)), {}}),
         .at = one.clock ? one.clock->due : std::nullopt});
  }
  return {};
}

Result<void> Handovers::add_roster(const std::string& roster_id, std::vector<HandoverItem>& out) {
  const auto now = clock_.wall();
  TRY_ASSIGN(auto roster, rosters_.roster(roster_id));
  TRY_ASSIGN(auto gaps, rosters_.gaps(roster_id, now, now + kAheadOfGaps));
  for (const auto& one : gaps) {
    auto tier = std::ranges::find(roster.tiers, one.tier, &Tier::id);
    const auto name = tier == roster.tiers.end() || tier->name.empty() ? one.tier : tier->name;
    out.push_back(
        {.kind = "gap",
         .id = roster_id,
         .title = in_languages({one.on_leave.empty() ? "desk.handover.gap" : "desk.handover.gap_leave",
                                {{"roster", roster.name}, {"tier", name}}}),
         .at = one.from});
  }
  return {};
}

Result<std::vector<HandoverItem>> Handovers::preview(const std::string& roster_id) {
  std::vector<HandoverItem> out;
  TRY(add_alerts(out));
  TRY(add_cases(out));
  TRY_ASSIGN(auto channels, desk_.channels());
  for (const auto& one : channels) {
    if (one.enabled && one.state == "failing")
      out.push_back({.kind = "channel",
                     .id = one.id,
                     .title = in_languages({"desk.handover.channel", {{"channel", one.name}}}),
                     .detail = {one.last_error, one.last_error}});
  }
  auto blind = blind_();
  if (blind.size() > HandoverLimits::kItemsOfKind) {
    blind.resize(HandoverLimits::kItemsOfKind);
    blind.push_back(more_than("blind"));
  }
  std::ranges::move(blind, std::back_inserter(out));
  if (!roster_id.empty()) TRY(add_roster(roster_id, out));
  return out;
}

}  // namespace vedette::desk
