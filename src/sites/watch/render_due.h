// When a site is looked at through a browser. Pure.
//
// A script of the page that changed is a suspicion: bytes do not tell what it does, the origins that it asks
// in a browser do. A page whose scripts differ all the time would be looked at all the time: each look that
// finds nothing doubles the wait for the next one that a script asks for, until the page has been quiet for
// twice that wait.
#pragma once

#include "sites/watch/site_memory.h"
#include "sites/watch/site_watch.h"

namespace vedette::sites {

enum class LookDue {
  kNo,
  kScripts,  // of a script shell: ask whether a script has changed (render_probe.h)
  kRota,
  kChanged,  // a script of the page is another one: before the rota
  kUrgent    // a suspicion
};

inline constexpr std::chrono::minutes kLookAlways{3};    // RenderPolicy::kAlways, at most so often
inline constexpr std::chrono::minutes kLookShell{10};    // a script shell that gives no reason
inline constexpr std::chrono::minutes kLookOpen{2};      // something seen only in the browser is reported
inline constexpr std::chrono::minutes kLookAlarmed{10};  // an alarmed page that goes on changing
inline constexpr std::chrono::minutes kLookAfterFailure{2};
inline constexpr std::chrono::minutes kLookScript{
    1};  // the second time in a row; doubled with each further one
inline constexpr int kCalmMax = 10;
inline constexpr int kRestlessBody = 4;  // a shell whose own bytes always differ says nothing by it

// The site may be rendered at all: its policy allows it, and it is not reached through a proxy of its own,
// past which a browser would go.
bool may_look(const SiteConfig& config);
// A script of the page is another one.
void script_changed(ShownMemory& shown, WallTime now);
// A look that began at `begun` has shown what scripts that changed before do (`news`: something was found),
// or has failed; then it is asked for again.
void script_shown(ShownMemory& shown, WallTime begun, bool news);
void script_not_shown(ShownMemory& shown);
// After a check: is a look due? Suspicion itself asks for one at once (Examined::render).
LookDue look_due(const Site& site, const SiteMemory& memory, const SiteWatchOptions& options, WallTime now);

}  // namespace vedette::sites
