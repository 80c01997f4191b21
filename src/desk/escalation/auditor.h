// Auditor: looks whether what is due was done, by the rows alone. It knows nothing of how the ladder climbs,
// so that a mistake or a hang there does not hide itself.
#pragma once

#include "desk/context.h"

namespace vedette::desk {

inline constexpr std::int64_t kAuditedAfterMs = 30'000;
inline constexpr std::string_view kEscalationMissed = "escalation_missed";

struct Missed {
  std::int64_t steps = 0;      // of the ladder, due for more than 30 s and not climbed
  std::int64_t failovers = 0;  // next contacts, due for more than 30 s and not tried
  std::int64_t silent = 0;     // steps that were climbed and left no row
  std::string alert_id;        // one of them
  std::int64_t all() const { return steps + failovers + silent; }
};
Result<Missed> missed_steps(store::Session& session, std::int64_t due_now_ms);
// The finding about it; resolved when nothing is missed.
Finding missed_finding(const DeskContext& desk, const Missed& missed);

}  // namespace vedette::desk
