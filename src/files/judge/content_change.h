// ContentChange: how the bytes of a file differ from its pre-image, and what both are. Plain value; computed
// by judge/measure.h from descriptors, within a read budget.
//
// Only the *changed runs* are measured: an attack that touches 16 of every 32 bytes leaves the entropy of the
// whole file nearly as it was, but not that of what it wrote. Runs over bytes that were zero before (a
// download that fills a hole) lost nobody anything and are counted apart.
#pragma once

#include <cstdint>
#include <string>

namespace vedette::files {

struct ContentChange {
  std::uint64_t bytes_compared = 0;
  std::uint64_t bytes_changed = 0;   // in changed runs, including what was appended
  std::uint64_t bytes_appended = 0;  // of bytes_changed: behind the old end, everything before it still there
  std::uint64_t bytes_filled = 0;    // of bytes_changed: zero before; not in the statistics below
  std::uint64_t bytes_measured = 0;  // what the statistics of the changed runs (after) were taken over
  std::uint64_t first_change = 0;    // offset
  std::uint32_t runs = 0;
  double changed_entropy = 0;  // bits per byte of the changed runs after, 0 to 8
  double before_entropy = 0;   // of the same runs before
  double changed_chi2 = 0;     // against the uniform distribution, 255 degrees of freedom
  double before_chi2 = 0;
  bool changed_uniform = false;  // the changed runs after pass for uniformly random bytes
  bool before_uniform = false;   // so did the same runs before
  bool changed_encoded = false;  // the changed runs are base64 or hexadecimal text of uniformly random bytes
  bool in_place = false;    // bytes behind a changed run stayed where they were: no program saved it anew
  std::string type_before;  // media type by content, "" when unknown
  std::string type_after;
  bool structure_before = false;  // the type's own structure was sound
  bool structure_after = false;
  std::string digest_after;  // SHA-256, hex, of a text of at most 64 KiB; else ""
  bool whole = true;         // false: the read budget ended before the files did
};

}  // namespace vedette::files
