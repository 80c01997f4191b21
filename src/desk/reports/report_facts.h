// Facts of an incident as a report says them: a text in both languages, and where each comes from, so that
// who approves can follow every value to its origin. Read from the store when asked; nothing is kept here.
#pragma once

#include <map>
#include <span>
#include <string_view>

#include "base/zone.h"
#include "desk/incidents/incident.h"
#include "desk/reports/organisation.h"

namespace vedette::desk {

struct Fact {
  TwoLanguages text = {};    // empty: not known
  TwoLanguages source = {};  // "Incident 2026-0001, revision 3: time of detection"
};
using Facts = std::map<std::string, Fact, std::less<>>;

// "incident_title", "clock_due", "alerts", "organisation_name"…: what `from` of a form may name.
std::span<const std::string_view> fact_names();

struct FactContext {
  const RegimeSet& regimes;
  ClockKey clock = {};  // the clock that is answered; empty: none
  Zone zone;            // times are written in it
  WallTime now{};
};

// Every one of fact_names(). Inside the caller's transaction or snapshot. Lists are cut at 200 entries, and
// say how many more there are.
Result<Facts> facts_of(store::Session& session, const Incident& incident, const FactContext& context);

}  // namespace vedette::desk
