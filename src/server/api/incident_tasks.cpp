// /incidents/{id}/tasks and /incidents/{id}/playbooks: what is to be done, and which playbooks fit.
#include "desk/incidents/tasks.h"
#include "server/api/api.h"
#include "server/api/playbook_part.h"
#include "server/api/shapes.h"
#include "server/logs/attack.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::TaskLimits;

Schema phase_name() { return one_of({"analysis", "containment", "eradication", "recovery", "review"}); }
Schema role_name() { return one_of({"analyst", "commander", "deputy", "scribe", "liaison"}); }
Schema task_state_name() { return one_of({"open", "in_progress", "done", "skipped"}); }

json::object task_json(const desk::IncidentTask& task, Language language) {
  return {{"id", task.id},
          {"incident_id", task.incident_id},
          {"revision", task.revision},
          {"playbook", text_or_null(task.playbook)},
          {"phase", desk::to_string(task.phase)},
          {"role", task.role},
          {"title", task.title.in(language)},
          {"what", task.what.in(language)},
          {"evidence", task.evidence.in(language)},
          {"state", desk::to_string(task.state)},
          {"note", task.note},
          {"assignee", text_or_null(task.assignee)},
          {"due_at", time_or_null(task.due_at)},
          {"created_at", to_rfc3339(task.created_at)},
          {"created_by", task.created_by},
          {"updated_at", to_rfc3339(task.updated_at)},
          {"updated_by", task.updated_by}};
}

json::array tasks_json(const std::vector<desk::IncidentTask>& tasks, Language language) {
  json::array out;
  for (const auto& one : tasks) out.push_back(task_json(one, language));
  return out;
}

Result<void> read_due(const Call& call, desk::IncidentTask& task) {
  if (!call.body.contains("due_at")) return {};
  task.due_at.reset();
  if (auto text = call.text("due_at")) {
    TRY_ASSIGN(task.due_at, parse_rfc3339(*text));
  }
  return {};
}

Result<net::Response> add_task(Api& api, const Call& call) {
  const auto title = *call.text("title"), what = call.text_or("what", "");
  desk::IncidentTask draft{.role = call.text_or("role", "analyst"),
                           .title = {title, title},
                           .what = {what, what},
                           .assignee = call.text_or("assignee", "")};
  draft.phase = *desk::playbook_phase_from(call.text_or("phase", "analysis"));
  TRY(read_due(call, draft));
  TRY_ASSIGN(auto made, api.tasks.add(call.parameter("id"), draft, call.who.name));
  return json_response(201, task_json(made, call.language));
}

Result<net::Response> change_task(Api& api, const Call& call) {
  TRY_ASSIGN(auto all, api.tasks.list(call.parameter("id")));
  desk::IncidentTask changed;
  changed.id = call.parameter("task");
  if (auto now = std::ranges::find(all, changed.id, &desk::IncidentTask::id); now != all.end())
    changed = *now;
  changed.revision = *call.integer("revision");
  if (auto state = call.text("state")) changed.state = *desk::task_state_from(*state);
  if (call.body.contains("note")) changed.note = call.text_or("note", "");
  if (call.body.contains("assignee")) changed.assignee = call.text_or("assignee", "");
  TRY(read_due(call, changed));
  TRY_ASSIGN(auto saved, api.tasks.change(call.parameter("id"), changed, call.who.name));
  return json_response(200, task_json(saved, call.language));
}

Result<net::Response> fitting_playbooks(Api& api, const Call& call) {
  const auto& id = call.parameter("id");
  TRY_ASSIGN(auto tasks, api.tasks.list(id));
  TRY_ASSIGN(auto signs, api.tasks.signs(id));
  TRY_ASSIGN(auto all, api.playbooks.list());
  json::array items;
  std::ranges::stable_sort(all, std::greater<>(), [&](const desk::Playbook& one) {
    return desk::suggested_by(one, signs.kinds, signs.techniques);
  });
  for (const auto& one : all)
    items.push_back(json::object{
        {"id", one.id},
        {"name", one.name.in(call.language)},
        {"summary", one.summary.in(call.language)},
        {"tasks", one.steps.size()},
        {"signs", desk::suggested_by(one, signs.kinds, signs.techniques)},
        {"chosen", std::ranges::find(tasks, one.id, &desk::IncidentTask::playbook) != tasks.end()}});
  return page_response(std::move(items), "");
}

json::object lessons_json(const desk::IncidentTasks::Lessons& lessons) {
  return {{"text", lessons.text}, {"by", text_or_null(lessons.by)}, {"at", time_or_null(lessons.at)}};
}
Schema lessons_schema() {
  return object({required("text", text(desk::IncidentLimits::kTextBytes)), required("by", nullable(text())),
                 required("at", nullable(time()))});
}

// Each technique of its alerts' findings once, with the name that ATT&CK gives it and how many alerts have
// it.
Result<net::Response> techniques_of(Api& api, const Call& call) {
  TRY_ASSIGN(auto signs, api.tasks.signs(call.parameter("id")));
  std::map<std::string, std::int64_t> counted;
  for (const auto& one : signs.techniques) ++counted[one];
  json::array items;
  for (const auto& [id, alerts] : counted) {
    const auto whole = id.substr(0, id.find('.'));
    auto known = std::ranges::find(attack_techniques(), whole, &AttackTechnique::id);
    items.push_back(
        json::object{{"id", id},
                     {"name", known == attack_techniques().end() ? std::string_view() : known->name},
                     {"alerts", alerts}});
  }
  return page_response(std::move(items), "");
}

}  // namespace

Schema task_shape() {
  return object({required("id", id()), required("incident_id", id()), required("revision", count()),
                 required("playbook", nullable(text(40))), required("phase", phase_name()),
                 required("role", role_name()), required("title", text(Limits::kTextBytes)),
                 required("what", text(Limits::kTextBytes)), required("evidence", text(Limits::kTextBytes)),
                 required("state", task_state_name()), required("note", text(Limits::kTextBytes)),
                 required("assignee", nullable(id())), required("due_at", nullable(time())),
                 required("created_at", time()), required("created_by", text()),
                 required("updated_at", time()), required("updated_by", text())});
}

std::vector<Operation> task_operations(Api& api) {
  using enum net::Method;
  auto suggestion = object({required("id", text(40)), required("name", text(Limits::kTextBytes)),
                            required("summary", text(Limits::kTextBytes)), required("tasks", count()),
                            required("signs", count()), required("chosen", boolean())});
  return {
      {.method = kGet,
       .path = "/incidents/{id}/tasks",
       .id = "incidentTasks",
       .tag = "incidents",
       .summary = "What is to be done in it, with the tasks of incidents merged into it",
       .response = page_of(reference("Task")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto tasks, api.tasks.list(call.parameter("id")));
         return page_response(tasks_json(tasks, call.language), "");
       }},
      {.method = kPost,
       .path = "/incidents/{id}/tasks",
       .id = "addTask",
       .tag = "incidents",
       .summary = "One more thing to be done; of the review also after closing",
       .role = Role::kAnalyst,
       .request = object({required("title", text(Limits::kTitleBytes, 1)),
                          optional("what", text(Limits::kTextBytes)), optional("phase", phase_name()),
                          optional("role", role_name()), optional("assignee", nullable(shape::id())),
                          optional("due_at", nullable(time()))}),
       .success = 201,
       .response = reference("Task"),
       .handler = [&api](const Call& call) { return add_task(api, call); }},
      {.method = kPatch,
       .path = "/incidents/{id}/tasks/{task}",
       .id = "changeTask",
       .tag = "incidents",
       .summary =
           "Its state, note, assignee or due time; names the revision it was read with. skipped needs a note",
       .role = Role::kAnalyst,
       .request = object({required("revision", count()), optional("state", task_state_name()),
                          optional("note", text(Limits::kTextBytes)),
                          optional("assignee", nullable(shape::id())), optional("due_at", nullable(time()))}),
       .response = reference("Task"),
       .handler = [&api](const Call& call) { return change_task(api, call); }},
      {.method = kGet,
       .path = "/incidents/{id}/lessons",
       .id = "incidentLessons",
       .tag = "incidents",
       .summary = "What was learnt from it",
       .response = lessons_schema(),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto lessons, api.tasks.lessons(call.parameter("id")));
         return json_response(200, lessons_json(lessons));
       }},
      {.method = kPut,
       .path = "/incidents/{id}/lessons",
       .id = "writeLessons",
       .tag = "incidents",
       .summary = "What was learnt, also after closing; every writing stays in the timeline",
       .role = Role::kAnalyst,
       .request = object({required("text", text(desk::IncidentLimits::kTextBytes, 1))}),
       .response = lessons_schema(),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto lessons,
                    api.tasks.write_lessons(call.parameter("id"), *call.text("text"), call.who.name));
         return json_response(200, lessons_json(lessons));
       }},
      {.method = kGet,
       .path = "/incidents/{id}/techniques",
       .id = "incidentTechniques",
       .tag = "incidents",
       .summary = "The ATT&CK techniques of its alerts",
       .response = page_of(
           object({required("id", text(16)), required("name", text(200)), required("alerts", count())})),
       .handler = [&api](const Call& call) { return techniques_of(api, call); }},
      {.method = kGet,
       .path = "/incidents/{id}/playbooks",
       .id = "fittingPlaybooks",
       .tag = "incidents",
       .summary = "Playbooks, those first that most of the linked alerts suggest",
       .response = page_of(std::move(suggestion)),
       .handler = [&api](const Call& call) { return fitting_playbooks(api, call); }},
      {.method = kPost,
       .path = "/incidents/{id}/playbooks",
       .id = "choosePlaybook",
       .tag = "incidents",
       .summary = "Put the steps of a playbook onto the incident as tasks",
       .role = Role::kAnalyst,
       .request = object({required("playbook", text(40, 1))}),
       .response = page_of(reference("Task")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto playbook, api.playbooks.get(*call.text("playbook")));
         TRY_ASSIGN(auto made, api.tasks.choose(call.parameter("id"), playbook, call.who.name));
         return page_response(tasks_json(made, call.language), "");
       }},
  };
}

}  // namespace vedette::server
