#include "desk/incidents/tasks.h"

#include <set>

#include "desk/alert_store.h"
#include "desk/roster/person.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kFindingsLookedAt = 50;  // of one alert

// "– " for nobody: the timeline is read by people.
Result<std::string> name_of_person(store::Session& session, const std::string& id) {
  if (id.empty()) return std::string("–");
  TRY_ASSIGN(auto person, load_person(session, id));
  return person.name;
}

Result<void> check_task(const IncidentTask& task) {
  for (const auto* text : {&task.title.vi, &task.title.en}) {
    if (text->empty() || text->size() > TaskLimits::kTitleBytes)
      return refuse(ErrorCode::kInvalid, "incident.task_title",
                    {{"most", std::to_string(TaskLimits::kTitleBytes)}});
  }
  for (const auto* text : {&task.what.vi, &task.what.en, &task.note}) {
    if (text->size() > TaskLimits::kTextBytes)
      return refuse(ErrorCode::kInvalid, "incident.task_text",
                    {{"most", std::to_string(TaskLimits::kTextBytes)}});
  }
  if (std::ranges::find(kTaskRoles, task.role) == kTaskRoles.end())
    return refuse(ErrorCode::kInvalid, "incident.task_role");
  return {};
}

}  // namespace

Result<std::vector<IncidentTask>> IncidentTasks::list(const std::string& incident_id) {
  std::vector<IncidentTask> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, incident_id));
    TRY_ASSIGN(out, load_tasks(session, incident_id));
    return {};
  }));
  return out;
}

Result<std::vector<IncidentTask>> IncidentTasks::choose(const std::string& incident_id,
                                                        const Playbook& playbook, const std::string& by) {
  std::vector<IncidentTask> made;
  TRY(incidents_.act(incident_id, by, Incidents::When::kOpen,
                     [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
                       made.clear();
                       TRY_ASSIGN(auto there, load_tasks(session, incident.id));
                       if (std::ranges::find(there, playbook.id, &IncidentTask::playbook) != there.end())
                         return refuse(ErrorCode::kConflict, "incident.playbook_chosen");
                       for (const auto& step : playbook.steps) {
                         IncidentTask task{.incident_id = incident.id,
                                           .playbook = playbook.id,
                                           .step = step.id,
                                           .phase = step.phase,
                                           .role = step.role,
                                           .title = step.title,
                                           .what = step.what,
                                           .evidence = step.evidence,
                                           .created_by = by,
                                           .updated_by = by};
                         if (step.due_minutes > 0)
                           task.due_at = clock_.wall() + std::chrono::minutes(step.due_minutes);
                         // Whoever has the role has the task; the others are taken by people.
                         const auto& roles = incident.roles;
                         if (step.role == "commander") task.assignee = roles.commander;
                         if (step.role == "deputy") task.assignee = roles.deputy;
                         if (step.role == "scribe") task.assignee = roles.scribe;
                         if (step.role == "liaison") task.assignee = roles.liaison;
                         TRY(insert_task(session, clock_, task));
                         made.push_back(std::move(task));
                       }
                       return Incidents::Deed{.kind = "playbook",
                                              .arguments = {{"playbook", playbook.id},
                                                            {"name_vi", playbook.name.vi},
                                                            {"name_en", playbook.name.en},
                                                            {"count", std::to_string(made.size())}},
                                              .beside = true};
                     }));
  return made;
}

Result<IncidentTask> IncidentTasks::add(const std::string& incident_id, const IncidentTask& draft,
                                        const std::string& by) {
  IncidentTask task{.phase = draft.phase,
                    .role = draft.role,
                    .title = draft.title,
                    .what = draft.what,
                    .assignee = draft.assignee,
                    .due_at = draft.due_at,
                    .created_by = by,
                    .updated_by = by};
  TRY(check_task(task));
  const auto when = task.phase == PlaybookPhase::kReview ? Incidents::When::kAny : Incidents::When::kOpen;
  TRY(incidents_.act(incident_id, by, when,
                     [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
                       task.incident_id = incident.id;
                       TRY_ASSIGN(auto person, name_of_person(session, task.assignee));
                       TRY(insert_task(session, clock_, task));
                       return Incidents::Deed{.kind = "task",
                                              .arguments = {{"task", task.id},
                                                            {"title_vi", task.title.vi},
                                                            {"title_en", task.title.en},
                                                            {"assignee", person}},
                                              .beside = true};
                     }));
  return task;
}

Result<IncidentTask> IncidentTasks::change(const std::string& incident_id, const IncidentTask& changed,
                                           const std::string& by) {
  IncidentTask task;
  TRY(incidents_.act(
      incident_id, by, Incidents::When::kAny,
      [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
        TRY_ASSIGN(task, load_task(session, incident.id, changed.id));
        if (incident.state == IncidentState::kClosed && task.phase != PlaybookPhase::kReview)
          return refuse(ErrorCode::kConflict, "incident.closed");
        if (task.revision != changed.revision) return refuse(ErrorCode::kConflict, "incident.task_changed");
        const auto before = task;
        task.state = changed.state;
        task.note = changed.note;
        task.assignee = changed.assignee;
        task.due_at = changed.due_at;
        if (task == before) return Incidents::Deed{};
        TRY(check_task(task));
        if (task.state == TaskState::kSkipped && task.note.empty())
          return refuse(ErrorCode::kInvalid, "incident.skipped_why");
        task.updated_at = clock_.wall();
        task.updated_by = by;
        TRY(save_task(session, task));
        std::map<std::string, std::string> arguments{{"task", task.id},
                                                     {"title_vi", task.title.vi},
                                                     {"title_en", task.title.en},
                                                     {"from", std::string(to_string(before.state))},
                                                     {"to", std::string(to_string(task.state))},
                                                     {"note", task.note}};
        if (task.state != before.state)
          return Incidents::Deed{.kind = "task_" + std::string(to_string(task.state)),
                                 .arguments = std::move(arguments),
                                 .beside = true};
        // Somebody who has left the list of people may still have been its assignee.
        if (task.assignee != before.assignee) {
          TRY_ASSIGN(arguments["assignee"], name_of_person(session, task.assignee));
          return Incidents::Deed{.kind = "task_assigned", .arguments = std::move(arguments), .beside = true};
        }
        arguments["due"] = task.due_at ? to_rfc3339(*task.due_at) : "–";
        return Incidents::Deed{.kind = "task_changed", .arguments = std::move(arguments), .beside = true};
      }));
  return task;
}

Result<IncidentTasks::Lessons> IncidentTasks::lessons(const std::string& incident_id) {
  Lessons out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, incident_id));
    TRY_ASSIGN(auto rows, session.query("SELECT text, actor, at FROM incident_lessons WHERE incident_id = ?",
                                        {incident_id}));
    if (!rows.empty()) out = {rows[0].text(0), rows[0].text(1), from_unix_ms(rows[0].integer(2))};
    return {};
  }));
  return out;
}

Result<IncidentTasks::Lessons> IncidentTasks::write_lessons(const std::string& incident_id,
                                                            const std::string& text, const std::string& by) {
  if (text.empty() || text.size() > IncidentLimits::kTextBytes)
    return refuse(ErrorCode::kInvalid, "incident.text",
                  {{"field", "text"}, {"most", std::to_string(IncidentLimits::kTextBytes)}});
  Lessons out{text, by, clock_.wall()};
  TRY(incidents_.act(
      incident_id, by, Incidents::When::kAny,
      [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
        TRY(session.execute("DELETE FROM incident_lessons WHERE incident_id = ?", {incident.id}));
        TRY(session.execute("INSERT INTO incident_lessons(incident_id, text, actor, at) VALUES (?,?,?,?)",
                            {incident.id, text, by, to_unix_ms(*out.at)}));
        return Incidents::Deed{.kind = "lessons", .arguments = {{"text", text}}, .beside = true};
      }));
  return out;
}

Result<IncidentTasks::Signs> IncidentTasks::signs(const std::string& incident_id) {
  Signs out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT a.id, a.kind FROM incident_alerts i JOIN alerts a ON a.id = "
                                        "i.alert_id WHERE i.incident_id = ? ORDER BY i.linked_at LIMIT ?",
                                        {incident_id, std::int64_t{IncidentLimits::kAlerts}}));
    for (const auto& row : rows) {
      out.kinds.push_back(row.text(1));
      TRY_ASSIGN(auto findings, load_findings(session, row.text(0), kFindingsLookedAt));
      std::set<std::string> of_alert;
      for (const auto& finding : findings) of_alert.insert(finding.attack.begin(), finding.attack.end());
      out.techniques.insert(out.techniques.end(), of_alert.begin(), of_alert.end());
    }
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
