// The mark that the report of a clock went out, inside a transaction that says more of it: a person's mark
// alone (incidents.h), or a report that was written here (desk/reports).
#pragma once

#include "desk/incidents/incident_store.h"

namespace vedette::desk {

// kConflict: it is merged into another one, or closed.
Result<void> check_open(store::Session& session, const Incident& incident);
// Stores the mark and answers with the clock. The caller saves the incident. kConflict: there is a mark, or
// the incident takes none any more; kNotFound: no such clock of this incident.
Result<LegalClock> mark_sent(store::Session& session, const RegimeSet& regimes, WallTime now,
                             const Incident& incident, const SentReport& report);

}  // namespace vedette::desk
