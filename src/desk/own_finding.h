// What the desk finds out about itself: a dead channel, a gap in the roster, a step that was missed. The
// caller says what, where and how grave. Any thread.
#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "model/finding.h"

namespace vedette::desk {

inline Finding own_finding(const Clock& clock, std::string_view kind) {
  Finding finding;
  finding.uid = new_id(clock);
  finding.watch = Watch::kDesk;
  finding.kind = kind;
  finding.confidence = 100;
  finding.observed_at = clock.wall();
  return finding;
}

}  // namespace vedette::desk
