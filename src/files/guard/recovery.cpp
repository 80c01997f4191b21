#include "files/guard/recovery.h"

#include "files/guard/freezer.h"
#include "files/guard/rollback.h"
#include "files/guard/rollback_report.h"
#include "files/guard/unfinished.h"

namespace vedette::files {

Result<Recovered> recover(const std::filesystem::path& path, const std::string& id, Recovery what,
                          const Clock& clock) {
  TRY_ASSIGN(auto vault, Vault::open(path, {}, clock));
  const auto& history = vault->found_at_start();
  Recovered out;
  bool found = false;
  for (const auto& incident : history.incidents) {
    if (id.empty() || !incident.id.starts_with(id)) continue;
    out.incident = incident;
    found = true;
  }
  if (!found) return fail(ErrorCode::kNotFound, "the vault knows no incident " + id);
  for (const auto& deed : history.deeds)
    if (belongs(deed, out.incident)) out.deeds.push_back(deed);
  if (what != Recovery::kRollback) {
    out.continued = thaw(out.incident.stopped, out.incident.frozen_cgroup);
    out.incident.state = what == Recovery::kAllow ? IncidentState::kAllowed : IncidentState::kOver;
    out.incident.stopped.clear();
    out.incident.frozen_cgroup.clear();
  } else {
    if (only_observed(out.incident, out.deeds))
      return fail(ErrorCode::kUnsupported, std::string(kNothingToRestoreFrom));
    std::vector<Deed> deeds;
    std::ranges::copy_if(out.deeds, std::back_inserter(deeds), [](const Deed& deed) { return !deed.undone; });
    auto begun = unfinished_writes(vault->images(), out.deeds, out.incident);
    std::ranges::move(begun, std::back_inserter(deeds));
    out.files = roll_back(*vault, std::move(deeds));
    out.incident.state = IncidentState::kRolledBack;
    TRY(write_report(path, out.incident, out.files));
    vault->record_undone(undone_of(out.deeds, out.files));
  }
  vault->record(out.incident);
  vault->sync_now();
  return out;
}

}  // namespace vedette::files
