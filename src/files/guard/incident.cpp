#include "files/guard/incident.h"

namespace vedette::files {

std::string_view to_string(GuardMode mode) {
  switch (mode) {
    case GuardMode::kObserve:
      return "observe";
    case GuardMode::kHold:
      return "hold";
    case GuardMode::kRollback:
      return "rollback";
  }
  return "observe";
}

std::string_view to_string(IncidentState state) {
  switch (state) {
    case IncidentState::kObserved:
      return "observed";
    case IncidentState::kHeld:
      return "held";
    case IncidentState::kFrozen:
      return "frozen";
    case IncidentState::kRolledBack:
      return "rolled_back";
    case IncidentState::kAllowed:
      return "allowed";
    case IncidentState::kOver:
      return "over";
  }
  return "observed";
}

std::vector<ProcessId> lineage_of(const Actor& actor) {
  std::vector<ProcessId> out{{actor.process.pid, actor.process.start_ticks}};
  for (const auto& ancestor : actor.ancestors) out.push_back({ancestor.pid, ancestor.start_ticks});
  return out;
}

bool belongs(const std::string& actor_key, const std::vector<ProcessId>& lineage,
             const FileIncident& incident) {
  return actor_key == incident.actor_key ||
         std::ranges::find(incident.partners, actor_key) != incident.partners.end() ||
         (incident.root.pid != 0 && std::ranges::find(lineage, incident.root) != lineage.end());
}

const std::string_view kNothingToRestoreFrom =
    "this incident was only observed, without fanotify: there are no copies to restore from; take the files "
    "from "
    "a backup";

bool only_observed(const FileIncident& incident, const std::vector<Deed>& deeds) {
  return incident.state == IncidentState::kObserved && incident.actor.process.pid == 0 &&
         incident.root.pid == 0 &&
         std::ranges::none_of(deeds, [](const Deed& deed) { return deed.image != 0 || deed.pin; });
}

bool belongs(const Deed& deed, const FileIncident& incident) {
  return belongs(deed.actor, deed.lineage, incident);
}

}  // namespace vedette::files
