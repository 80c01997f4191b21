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
    case IncidentState::kRolledBack:
      return "rolled_back";
    case IncidentState::kAllowed:
      return "allowed";
  }
  return "observed";
}

bool belongs(const Deed& deed, const FileIncident& incident) {
  return deed.actor == incident.actor_key ||
         (incident.root.pid != 0 && std::ranges::find(deed.lineage, incident.root) != deed.lineage.end());
}

}  // namespace vedette::files
