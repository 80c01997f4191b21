#include "files/guard/recovery.h"

#include "files/guard/freezer.h"
#include "files/guard/rollback.h"
#include "files/guard/unfinished.h"

namespace vedette::files {

Result<Recovered> recover(const std::filesystem::path& path, const std::string& id, bool allow,
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
  if (allow) {
    out.continued = thaw(out.incident.stopped, out.incident.frozen_cgroup);
    out.incident.state = IncidentState::kAllowed;
  } else {
    std::vector<Deed> deeds;
    for (const auto& deed : history.deeds)
      if (belongs(deed, out.incident)) deeds.push_back(deed);
    auto begun = unfinished_writes(vault->images(), deeds, out.incident);
    std::ranges::move(begun, std::back_inserter(deeds));
    out.files = roll_back(*vault, std::move(deeds));
    out.incident.state = IncidentState::kRolledBack;
  }
  vault->record(out.incident);
  vault->sync();
  return out;
}

}  // namespace vedette::files
