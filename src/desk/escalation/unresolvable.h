// Unresolvable: a step of a policy that reached nobody it names is an alert, and the alert says so when each
// step of the policy would reach somebody again.
#pragma once

#include "desk/context.h"
#include "desk/escalation/policy.h"

namespace vedette::desk {

inline constexpr std::string_view kUnresolvable = "escalation_unresolvable";

// `nobody`: the persons and tiers of this step that came to nobody.
Finding unresolvable_finding(const DeskContext& desk, const EscalationPolicy& policy, std::size_t step,
                             const std::string& nobody);
// For each such alert that is open: that it is over, when the policy as it is now resolves or is gone. The
// auditor asks every few seconds.
Result<std::vector<Finding>> resolvable_again(store::Session& session, const DeskContext& desk);

}  // namespace vedette::desk
