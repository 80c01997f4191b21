// What a change did to the bytes of a file, within a read budget: the numbers FileJudge decides by.
//
// The files are read with pread (their positions stay), front, end and evenly spaced stretches between first,
// so that a change of 5% of a large file is met. Linear in the bytes read; memory is bounded by a stretch.
// The bytes are hostile: a type's structure is checked with limits of its own (judge/file_type.h).
// Errors: kUnavailable when a descriptor cannot be read, kInvalid when it is no regular file.
// Thread-safe: no state.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "files/judge/content_change.h"

namespace vedette::files {

struct MeasureLimits {
  std::uint64_t bytes_max = 4 * 1024 * 1024;  // read of each side
  std::uint64_t seed = 0;  // moves the stretches, so that nobody can know which bytes are not looked at
};

// A file that was written to, or replaced: pre-image and what is there now.
Result<ContentChange> measure_change(int before_fd, int after_fd, const MeasureLimits& limits = {});
// A new file: only what is said of "after" is filled; everything counts as changed.
Result<ContentChange> describe_file(int fd, const MeasureLimits& limits = {});
// A file that is gone, through a descriptor still open on it: only what is said of "before" is filled.
Result<ContentChange> describe_removed(int fd, const MeasureLimits& limits = {});

}  // namespace vedette::files
