// IncidentTasks: what is to be done in an incident. Each change is one transaction: the task, the incident's
// timeline, the audit row. A task of an incident that was merged is worked on through the one it was merged
// into. Tasks of the review phase may be worked on after the incident is closed: that is when they are done.
// Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/incidents/incidents.h"
#include "desk/incidents/task.h"

namespace vedette::desk {

class IncidentTasks {
 public:
  IncidentTasks(Incidents& incidents, store::Database& database, const Clock& clock)
      : incidents_(incidents), database_(database), clock_(clock) {}

  Result<std::vector<IncidentTask>> list(const std::string& incident_id);
  // Every step becomes a task. kConflict: this playbook was chosen for the incident before.
  Result<std::vector<IncidentTask>> choose(const std::string& incident_id, const Playbook& playbook,
                                           const std::string& by);
  // Phase, role, title, what, assignee and due are taken from `draft`.
  Result<IncidentTask> add(const std::string& incident_id, const IncidentTask& draft, const std::string& by);
  // State, note, assignee and due are taken from `changed`. kInvalid: skipped without a reason; kConflict:
  // not `changed.revision` any more.
  Result<IncidentTask> change(const std::string& incident_id, const IncidentTask& changed,
                              const std::string& by);

  // What was learnt, as the review wrote it; each writing stands in the timeline. Also after closing: that is
  // when it is written.
  struct Lessons {
    std::string text = {}, by = {};
    std::optional<WallTime> at = {};  // nothing: not written yet
  };
  Result<Lessons> lessons(const std::string& incident_id);
  Result<Lessons> write_lessons(const std::string& incident_id, const std::string& text,
                                const std::string& by);

  // What the linked alerts say of its kind: the kinds of the alerts and the techniques of their findings,
  // each as often as alerts have it.
  struct Signs {
    std::vector<std::string> kinds = {}, techniques = {};
  };
  Result<Signs> signs(const std::string& incident_id);

 private:
  Incidents& incidents_;
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace vedette::desk
