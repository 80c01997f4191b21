// Retention: closed alerts go when they have been closed for long enough, with their findings, timeline and
// notifications. Alerts merged into one go and stay with it. What is open stays whatever its age, and so does
// the audit log.
#pragma once

#include "desk/context.h"

namespace vedette::desk {

struct Forgotten {
  std::int64_t alerts = 0;
  bool more = false;  // the bound of one transaction was hit
};
// In one transaction, bounded to some thousand rows. One audit row says how many alerts went. What is cut
// short goes on with the next call; an alert that is raised anew in between stays, without the findings that
// are gone.
Result<Forgotten> forget_closed(store::Session& session, const DeskContext& desk, WallTime closed_before);

// Whether a finding of an alert that is kept names these bytes as its evidence.
Result<bool> evidence_is_kept(store::Session& session, const std::string& sha256);

}  // namespace vedette::desk
