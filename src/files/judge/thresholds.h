// Thresholds: the numbers FileJudge decides by. They are data (content/files/thresholds.toml, built into the
// program), each with its reason; the loader is strict: a missing, unknown, doubled or impossible number, or
// one without a reason, is an error with file and line.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::files {

struct Thresholds {
  // Verdicts: on the sums of an actor, a session, a directory.
  double suspicious = 0;
  double attack = 0;

  // Weight of one file, strong evidence.
  double became_random = 0;    // content with a meaning is now uniformly random
  double became_encoded = 0;   // ... is now base64 or hexadecimal text of random bytes
  double broken_in_place = 0;  // its structure was sound and no longer is; the new bytes are of high entropy
  double payload_random = 0;   // random bytes over the middle of a format that is never edited there
  double foreign_type = 0;     // random bytes under the mask of another type than the name's
  double copied_random = 0;    // a random copy appeared and the original went, one to one
  double copied_crypt = 0;     // the same with what people use themselves (OpenPGP, encrypted zip)
  double type_lost = 0;        // no longer its type and of high entropy, though not uniform
  double canary_content = 0;   // bait that no work touches was changed
  // Weak evidence: its sum is capped, so that it can never decide alone.
  double weak_max = 0;
  double text_lost = 0;    // a text that is no text any more, or another type where nothing speaks of chance
  double renamed = 0;      // the name got an ending that nobody knows
  double note = 0;         // the same small text in yet another directory
  double canary_name = 0;  // bait renamed or deleted
  double spread = 0;       // each further directory with strong evidence

  // Strong evidence, beside that of the file itself: it was renamed in a burst (rename_bursts.h).
  double rename_burst = 0;
  double rename_burst_files = 0;
  double rename_burst_types = 0;
  double rename_burst_seconds = 0;

  // How sums travel and fade.
  double session_share = 0;    // of an actor's strong evidence that counts for its whole session
  double tree_share = 0;       // ... for each folder above the file's own
  double half_life_files = 0;  // quiet files after which a sum is half
  double half_life_hours = 0;  // and time
  double tree_half_life_files = 0;
  double tree_half_life_hours = 0;
  double note_directories_min = 0;  // from this many directories on a repeated text is a note
};

// `name` stands in errors: "thresholds.toml:12: ...".
Result<Thresholds> parse_thresholds(std::string_view toml, std::string_view name);
// The built-in ones. Asserts that they are right: content is part of the program.
const Thresholds& default_thresholds();

}  // namespace vedette::files
