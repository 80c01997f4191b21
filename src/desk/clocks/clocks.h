// Clocks: which deadlines run for an incident, from its facts and the regimes chosen for it.
//
// Pure and total: the same facts give the same clocks, so nothing of this is stored but the facts. Every
// clock says by what it was counted, and what had to be assumed:
//  - the time of awareness is not recorded: counted from the detection, which comes no later;
//  - a step that follows another's report, which has not gone out: shown as if it went out when it is due;
//  - a year whose days off nobody has announced or verified (holidays.h).
// A step that does not apply (when, unless), or follows one that does not, gives no clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "desk/clocks/regime_set.h"
#include "model/message.h"

namespace vedette::desk {

struct IncidentFacts {
  std::optional<WallTime> detected_at = {}, aware_at = {}, request_received_at = {}, finished_at = {};
  bool beyond_capacity = false, urgent = false;
  bool operator==(const IncidentFacts&) const = default;
};

struct ClockKey {
  std::string regime = {}, step = {};
  auto operator<=>(const ClockKey&) const = default;
};
using SentReports = std::map<ClockKey, WallTime>;  // when the report of a step went out

enum class ClockState {
  kWaiting,  // its start has not happened yet, or nobody has recorded it
  kRunning,
  kOverdue,  // due and not sent; "at once" is overdue from its start
  kDone,     // sent in time
  kDoneLate,
  kNotInForce,  // the regime was not in force when it would have started
};
// "waiting", "running", "overdue", "done", "done_late", "not_in_force"
std::string_view to_string(ClockState state);
// Work is left: waiting, running or overdue.
bool is_open(ClockState state);

struct LegalClock {
  ClockKey key = {};
  const Regime* regime = nullptr;  // of the set that was asked
  const RegimeStep* step = nullptr;
  ClockState state = ClockState::kWaiting;
  std::optional<WallTime> starts = {}, due = {}, sent_at = {};
  Message counted = {};                   // "24 hours from …"
  std::vector<Message> assumptions = {};  // empty: none
};

// Ids that the set does not know give nothing: the caller refuses them when they are chosen. In the order of
// `chosen` and of the regime's steps.
std::vector<LegalClock> clocks_of(const RegimeSet& set, const std::vector<std::string>& chosen,
                                  const IncidentFacts& facts, const SentReports& sent, WallTime now);

}  // namespace vedette::desk
