// roll_back(): undoes deeds, newest first, so that names and contents are as they were before the first.
//
// Never leaves a file worse: content is written to a new file beside it, synced, and renamed into place; the
// version that was there is kept in the vault first (VAULT/replaced); files that the actor created are moved
// there as well. Every restored file is read back and compared with the SHA-256 of its pre-image. One failure
// does not stop the rest. Called by one thread, with the actor stopped; safe to call again after a crash:
// what is already right stays as it is.
#pragma once

#include <vector>

#include "files/guard/deed.h"
#include "files/guard/incident.h"
#include "files/guard/vault.h"

namespace vedette::files {

// `deeds` in any order; those of one rollback must all be given.
std::vector<RestoredFile> roll_back(Vault& vault, std::vector<Deed> deeds);
// The numbers of those deeds that are undone now: not those of a file that could not be put back.
std::vector<std::uint64_t> undone_of(const std::vector<Deed>& deeds, const std::vector<RestoredFile>& files);

}  // namespace vedette::files
