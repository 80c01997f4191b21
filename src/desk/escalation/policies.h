// Policies: who is told when, as people see and change it. What the API calls; the ladder reads the rows
// itself.
//
// Every change adds a version and its audit row in one transaction; it holds for alerts raised from then on.
// Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/escalation/policy.h"
#include "store/database.h"

namespace vedette::desk {

class Policies {
 public:
  Policies(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::vector<EscalationPolicy>> policies();
  Result<EscalationPolicy> policy(const std::string& id);
  // Newest first, the last kVersionsShown. kNotFound: there is no such policy, or not any more.
  Result<std::vector<PolicyVersion>> versions(const std::string& id);
  Result<EscalationPolicy> save(const EscalationPolicy& policy, const std::string& by);  // empty id: new
  Result<void> remove(const std::string& id, const std::string& by);
  // Nothing is sent or stored. `policy` need not be saved.
  Result<std::vector<SimulatedStep>> simulate(const EscalationPolicy& policy, WallTime raised_at);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace vedette::desk
