// IncidentObservables: what was seen in an incident, what its alerts suggest, and which other incidents have
// something in common with it. Each change is one transaction with timeline and audit row. Thread-safe;
// blocks for a read or a commit.
#pragma once

#include "desk/incidents/incidents.h"
#include "desk/incidents/observable.h"

namespace vedette::desk {

// What another incident shares with this one.
struct SharedThing {
  std::string kind = {};   // "observable", "asset" or "rule"
  std::string value = {};  // a defanged observable, an asset's name, a rule's id or an alert's kind
  bool operator==(const SharedThing&) const = default;
};
struct RelatedIncident {
  Incident incident = {};
  std::vector<SharedThing> shared = {};
};

class IncidentObservables {
 public:
  IncidentObservables(Incidents& incidents, store::Database& database, const Clock& clock)
      : incidents_(incidents), database_(database), clock_(clock) {}

  // Of the incident and of those merged into it, oldest first.
  Result<std::vector<Observable>> list(const std::string& incident_id);
  // Type, value, TLP, note and source are taken from `draft`. kInvalid: not of this type; kConflict: it is
  // there already; kLimit.
  Result<Observable> add(const std::string& incident_id, const Observable& draft, const std::string& by);
  Result<void> remove(const std::string& incident_id, const std::string& id, const std::string& by);
  // What the findings of its alerts name and the incident does not have yet, at most kSuggestedMax.
  static constexpr std::size_t kSuggestedMax = 100;
  Result<std::vector<Observable>> suggested(const std::string& incident_id);
  // Those that share most first: an observable counts for more than an asset, an asset for more than a rule.
  // At most kRelatedMax; merged ones are left out.
  static constexpr std::size_t kRelatedMax = 50;
  Result<std::vector<RelatedIncident>> related(const std::string& incident_id);

 private:
  Incidents& incidents_;
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace vedette::desk
