// Fingerprint: what is remembered of a file where no copy of it can be kept, so that a later change can be
// judged all the same: its type, whether it looked random, and a number for each of some blocks.
//
// Far less than a pre-image: only whole blocks can be told apart (a change of 64 bytes makes 4 KiB changed),
// what the changed bytes were before is known of the whole file only, and nothing can be restored. At most
// 64 blocks, 300 bytes of memory and 320 KiB read a file. Errors as in measure.h. Thread-safe: no state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/judge/content_change.h"

namespace vedette::files {

struct Fingerprint {
  std::uint64_t size = 0;
  std::string type;  // media type by content, "" when unknown
  bool sound = false;
  bool uniform = false;
  double entropy = 0, chi2 = 0;       // of the blocks
  std::vector<std::uint32_t> blocks;  // at the places that block_places() gives for this size
};

// Where the blocks of a file of this size lie.
std::vector<std::uint64_t> block_places(std::uint64_t size);

Result<Fingerprint> fingerprint_of(int fd);
// The change from then to now, in the terms of measure_change().
Result<ContentChange> measure_since(const Fingerprint& before, int fd);
// A file that is gone: as describe_removed().
ContentChange removed_since(const Fingerprint& before);

}  // namespace vedette::files
