// Undoing an incident when no guard runs: everything needed is in the vault.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/incident.h"

namespace vedette::files {

struct Recovered {
  FileIncident incident;
  std::vector<RestoredFile> files;
  std::vector<Deed> deeds;    // all of the incident's
  std::size_t continued = 0;  // processes that were told to go on
};
enum class Recovery { kRollback, kAllow, kThaw };
// Rolls the incident back, or lets its stopped processes go on, with a leave or without. `id` may be the
// beginning of one. kNotFound; kConflict when a guard works on the vault.
Result<Recovered> recover(const std::filesystem::path& vault, const std::string& id, Recovery what,
                          const Clock& clock);

}  // namespace vedette::files
