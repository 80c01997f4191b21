// Writes that an attacker had begun and not closed when he was stopped: nobody judged them, their pre-images
// are in the vault. A rollback takes them back as well. Pure.
#pragma once

#include <vector>

#include "files/guard/vault_records.h"

namespace vedette::files {

// A deed for each pre-image that belongs to the incident, was not judged quiet and has no deed in `deeds`.
// Left out where somebody else wrote to the same file later: his work stays.
std::vector<Deed> unfinished_writes(const std::vector<Image>& images, const std::vector<Deed>& deeds,
                                    const FileIncident& incident);

}  // namespace vedette::files
