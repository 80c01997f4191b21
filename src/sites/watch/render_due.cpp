#include "sites/watch/render_due.h"

#include <algorithm>

#include "sites/watch/render_view.h"

namespace vedette::sites {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds kSoon{20'000};

milliseconds script_wait(const ShownMemory& shown) {
  return shown.calm == 0 ? milliseconds(0) : milliseconds(kLookScript) * (1 << (shown.calm - 1));
}
}  // namespace

bool may_look(const SiteConfig& config) {
  return config.enabled && config.render != RenderPolicy::kNever && config.proxy.empty();
}

void script_changed(ShownMemory& shown, WallTime now) {
  if (shown.script_at != WallTime{}) return;
  if (now - shown.tried_at > 2 * script_wait(shown)) shown.calm = 0;
  shown.script_at = now;
}

void script_shown(ShownMemory& shown, WallTime begun, bool news) {
  if (shown.script_at == WallTime{} || shown.script_at > begun) return;
  shown.script_at = {};
  shown.calm = news ? 0 : std::min(shown.calm + 1, kCalmMax);
}

void script_not_shown(ShownMemory& shown) {
  if (shown.script_at != WallTime{}) shown.calm = std::min(shown.calm + 1, kCalmMax);
}

LookDue look_due(const Site& site, const SiteMemory& memory, const SiteWatchOptions& options, WallTime now) {
  if (!may_look(site.config) || memory.availability.down || memory.suspect) return LookDue::kNo;
  const ShownMemory& shown = memory.shown;
  auto waited = now - shown.tried_at;
  auto after = [&](milliseconds wait, LookDue due) { return waited >= wait ? due : LookDue::kNo; };
  if (!shown.failure.empty() && waited < kLookAfterFailure) return LookDue::kNo;
  if (memory.open.open(Question::kContent)) {
    if (!shown.alarmed) return after(kSoon, LookDue::kUrgent);
    return shown.body == memory.body_sha256 ? LookDue::kNo : after(kLookAlarmed, LookDue::kRota);
  }
  if (memory.content != Verdict::kOk || site.learned < options.learn_fetches) return LookDue::kNo;
  if (shown.accept) return after(milliseconds(1'000), LookDue::kUrgent);
  bool short_of = shown.learned < (memory.shell ? kShellLooksLearned : kLooksLearned);
  if (short_of)
    return after(site.config.tour ? milliseconds(1'000) : milliseconds(options.learn_interval),
                 LookDue::kRota);
  if (shown.alarmed) return after(kSoon, LookDue::kRota);
  if (shown.script_at != WallTime{} && waited >= script_wait(shown)) return LookDue::kChanged;
  milliseconds wait = options.render_interval;
  if (site.config.render == RenderPolicy::kAlways) wait = std::min<milliseconds>(wait, kLookAlways);
  if (memory.open.open(Question::kShown)) wait = std::min<milliseconds>(wait, kLookOpen);
  if (shown.doubts > 0) wait = std::min<milliseconds>(wait, kLookAfterFailure);
  if (!memory.shell) return after(wait, LookDue::kRota);
  bool other = shown.body != memory.body_sha256 && shown.restless < kRestlessBody;
  wait = std::min<milliseconds>(wait, other ? milliseconds(60'000) : milliseconds(kLookShell));
  return waited >= wait ? LookDue::kRota : LookDue::kScripts;
}

}  // namespace vedette::sites
