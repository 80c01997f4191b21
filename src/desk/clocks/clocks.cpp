#include "desk/clocks/clocks.h"

#include <array>

#include "base/assert.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 6> kStateWords{"waiting", "running",   "overdue",
                                                      "done",    "done_late", "not_in_force"};

bool holds(IncidentFlag flag, const IncidentFacts& facts) {
  return flag == IncidentFlag::kUrgent ? facts.urgent : facts.beyond_capacity;
}

bool applies(const RegimeStep& step, const IncidentFacts& facts) {
  const auto holding = [&](IncidentFlag flag) { return holds(flag, facts); };
  return std::ranges::all_of(step.when, holding) && std::ranges::none_of(step.unless, holding);
}

bool in_force(const Regime& regime, const Zone& zone, WallTime at) {
  auto day = std::chrono::floor<std::chrono::days>(zone.local(at));
  return !(regime.in_force_from && day < *regime.in_force_from) &&
         !(regime.in_force_to && day > *regime.in_force_to);
}

// Makes the clocks of one regime, step by step: a step may follow one before it.
class RegimeClocks {
 public:
  RegimeClocks(const RegimeSet& set, const Regime& regime, const IncidentFacts& facts,
               const SentReports& sent, WallTime now)
      : set_(set), regime_(regime), facts_(facts), sent_(sent), now_(now) {}

  void add_to(std::vector<LegalClock>& out) {
    auto zone = Zone::find(regime_.zone);
    VEDETTE_ASSERT(zone.has_value());  // parse_regime has asked
    for (const auto& step : regime_.steps) {
      if (!applies(step, facts_) || (step.start == ClockStart::kSent && !known(step.after))) continue;
      made_.push_back(clock_of(step, *zone));
    }
    std::ranges::move(made_, std::back_inserter(out));
  }

 private:
  // What follows a step that does not apply, and was not sent, does not apply either.
  bool known(const std::string& step) const {
    return before(step) != nullptr || sent_.contains({regime_.id, step});
  }

  const LegalClock* before(const std::string& step) const {
    auto found = std::ranges::find(made_, step, [](const LegalClock& one) { return one.key.step; });
    return found == made_.end() ? nullptr : &*found;
  }

  LegalClock clock_of(const RegimeStep& step, const Zone& zone) const {
    LegalClock clock{.key = {regime_.id, step.id}, .regime = &regime_, .step = &step};
    if (auto sent = sent_.find(clock.key); sent != sent_.end()) clock.sent_at = sent->second;
    const bool happened = find_start(step, clock);
    clock.counted = {"desk.clock.counted." + std::string(to_string(step.period.unit)),
                     {{"amount", std::to_string(step.period.amount)}}};
    const auto* first = before(step.after);
    if ((first && first->state == ClockState::kNotInForce) ||
        (clock.starts && !in_force(regime_, zone, *clock.starts))) {
      clock.state = ClockState::kNotInForce;
      return clock;
    }
    if (clock.starts) {
      auto end = end_of(step.period, *clock.starts, zone, set_.holidays(regime_.holidays));
      clock.due = end.at;
      for (int year : end.assumed_years)
        clock.assumptions.push_back({"desk.clock.assumed.days_off", {{"year", std::to_string(year)}}});
    }
    clock.state = state_of(clock, happened);
    return clock;
  }

  // Sets clock.starts where it is known or can be foreseen; whether it has happened.
  bool find_start(const RegimeStep& step, LegalClock& clock) const {
    switch (step.start) {
      case ClockStart::kDetected:
        clock.starts = facts_.detected_at;
        break;
      case ClockStart::kAware:
        clock.starts = facts_.aware_at;
        if (!clock.starts && facts_.detected_at) {
          clock.starts = facts_.detected_at;
          clock.assumptions.push_back({"desk.clock.assumed.aware", {}});
        }
        break;
      case ClockStart::kRequestReceived:
        clock.starts = facts_.request_received_at;
        break;
      case ClockStart::kFinished:
        clock.starts = facts_.finished_at;
        break;
      case ClockStart::kSent:
        return follow(step.after, clock);
    }
    return clock.starts.has_value();
  }

  bool follow(const std::string& after, LegalClock& clock) const {
    if (auto sent = sent_.find({regime_.id, after}); sent != sent_.end()) {
      clock.starts = sent->second;
      return true;
    }
    const auto* first = before(after);
    if (first && first->due) {
      clock.starts = first->due;
      clock.assumptions.push_back({"desk.clock.assumed.sent", {}});
    }
    return false;
  }

  ClockState state_of(const LegalClock& clock, bool happened) const {
    if (clock.sent_at)
      return clock.due && *clock.sent_at > *clock.due && clock.step->period.unit != PeriodUnit::kAtOnce
                 ? ClockState::kDoneLate
                 : ClockState::kDone;
    if (!happened) return ClockState::kWaiting;
    return now_ > *clock.due || clock.step->period.unit == PeriodUnit::kAtOnce ? ClockState::kOverdue
                                                                               : ClockState::kRunning;
  }

  const RegimeSet& set_;
  const Regime& regime_;
  const IncidentFacts& facts_;
  const SentReports& sent_;
  const WallTime now_;
  std::vector<LegalClock> made_;
};

}  // namespace

std::string_view to_string(ClockState state) { return kStateWords[static_cast<std::size_t>(state)]; }

bool is_open(ClockState state) {
  return state == ClockState::kWaiting || state == ClockState::kRunning || state == ClockState::kOverdue;
}

std::vector<LegalClock> clocks_of(const RegimeSet& set, const std::vector<std::string>& chosen,
                                  const IncidentFacts& facts, const SentReports& sent, WallTime now) {
  std::vector<LegalClock> out;
  for (const auto& id : chosen) {
    if (const auto* regime = set.find(id)) RegimeClocks(set, *regime, facts, sent, now).add_to(out);
  }
  return out;
}

}  // namespace vedette::desk
