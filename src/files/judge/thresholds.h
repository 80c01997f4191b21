// Thresholds: the numbers FileJudge decides by. They are data (content/files/thresholds.toml), each with its
// reason.
#pragma once

namespace vedette::files {

struct Thresholds {
  double suspicious = 0.5;
  double attack = 1.0;
};

}  // namespace vedette::files
