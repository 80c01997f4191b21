#include "desk/incidents/task.h"

#include <fmt/format.h>

#include "base/id.h"
#include "desk/incidents/incident_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 4> kTaskStates{"open", "in_progress", "done", "skipped"};
constexpr std::string_view kTaskColumns =
    "id, incident_id, revision, playbook, step, position, phase, role, title_vi, title_en, what_vi, what_en, "
    "evidence_vi, evidence_en, state, note, assignee, due_at, created_at, created_by, updated_at, updated_by";

Result<IncidentTask> task_from(const store::Row& row) {
  IncidentTask out;
  out.id = row.text(0);
  out.incident_id = row.text(1);
  out.revision = row.integer(2);
  out.playbook = row.text(3);
  out.step = row.text(4);
  out.position = row.integer(5);
  auto phase = playbook_phase_from(row.text(6));
  auto state = task_state_from(row.text(14));
  if (!phase || !state)
    return fail(ErrorCode::kCorrupt, fmt::format("the stored task {} is damaged", out.id));
  out.phase = *phase;
  out.role = row.text(7);
  out.title = {row.text(8), row.text(9)};
  out.what = {row.text(10), row.text(11)};
  out.evidence = {row.text(12), row.text(13)};
  out.state = *state;
  out.note = row.text(15);
  out.assignee = row.text(16);
  if (!row.is_null(17)) out.due_at = from_unix_ms(row.integer(17));
  out.created_at = from_unix_ms(row.integer(18));
  out.created_by = row.text(19);
  out.updated_at = from_unix_ms(row.integer(20));
  out.updated_by = row.text(21);
  return out;
}

store::Value due_value(const IncidentTask& task) {
  return task.due_at ? store::Value(to_unix_ms(*task.due_at)) : store::Value();
}

}  // namespace

std::string_view to_string(TaskState state) { return kTaskStates[static_cast<std::size_t>(state)]; }
std::optional<TaskState> task_state_from(std::string_view text) {
  auto found = std::ranges::find(kTaskStates, text);
  if (found == kTaskStates.end()) return std::nullopt;
  return static_cast<TaskState>(found - kTaskStates.begin());
}

Result<std::vector<IncidentTask>> load_tasks(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("{} SELECT {} FROM incident_tasks WHERE incident_id IN (SELECT id FROM "
                                "family) ORDER BY incident_id <> ?, incident_id, position LIMIT ?",
                                kIncidentFamily, kTaskColumns),
                    {incident_id, incident_id, std::int64_t{TaskLimits::kOfIncident} * 10}));
  std::vector<IncidentTask> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto task, task_from(row));
    out.push_back(std::move(task));
  }
  return out;
}

Result<IncidentTask> load_task(store::Session& session, const std::string& incident_id,
                               const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} SELECT {} FROM incident_tasks WHERE id = ? AND "
                                                  "incident_id IN (SELECT id FROM family)",
                                                  kIncidentFamily, kTaskColumns),
                                      {incident_id, id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "incident.no_task");
  return task_from(rows[0]);
}

Result<void> insert_task(store::Session& session, const Clock& clock, IncidentTask& task) {
  TRY_ASSIGN(auto now, session.query("SELECT COUNT(*), COALESCE(MAX(position), 0) FROM incident_tasks WHERE "
                                     "incident_id = ?",
                                     {task.incident_id}));
  if (now[0].integer(0) >= static_cast<std::int64_t>(TaskLimits::kOfIncident))
    return refuse(ErrorCode::kLimit, "incident.tasks", {{"most", std::to_string(TaskLimits::kOfIncident)}});
  task.id = new_id(clock);
  task.revision = 1;
  task.position = now[0].integer(1) + 1;
  task.created_at = task.updated_at = clock.wall();
  TRY(session.execute(
      fmt::format("INSERT INTO incident_tasks({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                  kTaskColumns),
      {task.id,
       task.incident_id,
       task.revision,
       task.playbook,
       task.step,
       task.position,
       std::string(to_string(task.phase)),
       task.role,
       task.title.vi,
       task.title.en,
       task.what.vi,
       task.what.en,
       task.evidence.vi,
       task.evidence.en,
       std::string(to_string(task.state)),
       task.note,
       task.assignee,
       due_value(task),
       to_unix_ms(task.created_at),
       task.created_by,
       to_unix_ms(task.updated_at),
       task.updated_by}));
  return {};
}

Result<void> save_task(store::Session& session, IncidentTask& task) {
  TRY_ASSIGN(auto changed,
             session.execute("UPDATE incident_tasks SET revision = revision + 1, state = ?, note = ?, "
                             "assignee = ?, due_at = ?, updated_at = ?, updated_by = ? WHERE id = ? AND "
                             "revision = ?",
                             {std::string(to_string(task.state)), task.note, task.assignee, due_value(task),
                              to_unix_ms(task.updated_at), task.updated_by, task.id, task.revision}));
  if (changed == 0) return refuse(ErrorCode::kConflict, "incident.task_changed");
  ++task.revision;
  return {};
}

}  // namespace vedette::desk
