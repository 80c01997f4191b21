// When a site is looked at through a browser. Pure.
#pragma once

#include "sites/watch/site_memory.h"
#include "sites/watch/site_watch.h"

namespace vedette::sites {

enum class LookDue {
  kNo,
  kScripts,  // of a script shell: ask whether a script has changed (render_probe.h)
  kRota,
  kUrgent  // a suspicion
};

inline constexpr std::chrono::minutes kLookAlways{3};    // RenderPolicy::kAlways, at most so often
inline constexpr std::chrono::minutes kLookShell{10};    // a script shell that gives no reason
inline constexpr std::chrono::minutes kLookOpen{2};      // something seen only in the browser is reported
inline constexpr std::chrono::minutes kLookAlarmed{10};  // an alarmed page that goes on changing
inline constexpr std::chrono::minutes kLookAfterFailure{2};
inline constexpr int kRestlessBody = 4;  // a shell whose own bytes always differ says nothing by it

// The site may be rendered at all: its policy allows it, and it is not reached through a proxy of its own,
// past which a browser would go.
bool may_look(const SiteConfig& config);
// After a check: is a look due? Suspicion itself asks for one at once (Examined::render).
LookDue look_due(const Site& site, const SiteMemory& memory, const SiteWatchOptions& options, WallTime now);

}  // namespace vedette::sites
