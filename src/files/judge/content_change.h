// ContentChange: how the bytes of a file differ from its pre-image, and what both are. Plain value; computed
// by measure_change() from two descriptors, within a read budget.
//
// Only the *changed runs* are measured: an attack that touches 16 of every 32 bytes leaves the entropy of the
// whole file nearly as it was, but not that of what it wrote.
#pragma once

#include <cstdint>
#include <string>

namespace vedette::files {

struct ContentChange {
  std::uint64_t bytes_compared = 0;
  std::uint64_t bytes_changed = 0;  // in changed runs, including what was appended
  double changed_entropy = 0;       // bits per byte of the changed runs after, 0 to 8
  double before_entropy = 0;        // of the same runs before
  double changed_chi2 = 0;          // against the uniform distribution, 255 degrees of freedom
  std::string type_before;          // media type by content, "" when unknown
  std::string type_after;
  bool structure_before = false;  // the type's own structure was sound
  bool structure_after = false;
  bool whole = true;  // false: the read budget ended before the files did
};

}  // namespace vedette::files
