// IncidentTask: one thing to be done in an incident, from a step of a playbook or written by a person, as a
// plain value and as rows. The functions run inside the caller's transaction or snapshot.
#pragma once

#include "desk/incidents/incident.h"
#include "desk/playbooks/playbook.h"

namespace vedette::desk {

enum class TaskState { kOpen, kInProgress, kDone, kSkipped };
std::string_view to_string(TaskState state);  // "open", "in_progress", "done", "skipped"
std::optional<TaskState> task_state_from(std::string_view text);

struct IncidentTask {
  std::string id = {}, incident_id = {};
  std::int64_t revision = 0;
  std::string playbook = {};  // it came from; empty: a person wrote it
  std::string step = {};      // of that playbook
  std::int64_t position = 0;  // within the incident
  PlaybookPhase phase = PlaybookPhase::kAnalysis;
  std::string role = "analyst";
  TwoLanguages title = {}, what = {}, evidence = {};
  TaskState state = TaskState::kOpen;
  std::string note = {};      // why it was skipped, or how it was done
  std::string assignee = {};  // id of a person; empty: nobody
  std::optional<WallTime> due_at = {};
  WallTime created_at{}, updated_at{};
  std::string created_by = {}, updated_by = {};
  bool operator==(const IncidentTask&) const = default;
};

struct TaskLimits {
  static constexpr std::size_t kTitleBytes = 300, kTextBytes = 4'000;
  static constexpr std::size_t kOfIncident = 500;
};

// Of the incident and of those merged into it, in their order.
Result<std::vector<IncidentTask>> load_tasks(store::Session& session, const std::string& incident_id);
// kNotFound: neither the incident nor one merged into it has it.
Result<IncidentTask> load_task(store::Session& session, const std::string& incident_id,
                               const std::string& id);
// Gives it its id, position and revision 1. kLimit.
Result<void> insert_task(store::Session& session, const Clock& clock, IncidentTask& task);
// kConflict when the stored revision is not task.revision; it becomes one more.
Result<void> save_task(store::Session& session, IncidentTask& task);

}  // namespace vedette::desk
