// What Vedette cannot see now, for the list that a shift leaves to the next: watches that are blind or
// degraded, sites that nothing was learnt of or that do not answer, sources and hosts that are silent. Reads
// the store; any thread.
#pragma once

#include "desk/handover/handover.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

class Agents;
class LogService;

struct BlindSpots {
  sites::SiteWatch& sites;
  LogService* logs = nullptr;  // null: this server takes none
  Agents* agents = nullptr;    // null: this server takes none
  const Clock& clock;
};
// At most one more than HandoverLimits::kItemsOfKind of each sort. What cannot be read is an item, too.
std::vector<desk::HandoverItem> blind_items(const BlindSpots& of);

}  // namespace vedette::server
