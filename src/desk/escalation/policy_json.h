// A policy as JSON: what is stored as a version, and what the API takes and shows.
#pragma once

#include <boost/json/fwd.hpp>

#include "desk/escalation/policy.h"

namespace vedette::desk {

boost::json::object policy_json(const EscalationPolicy& policy);
// Without id and version, which stand beside it. `json` is what the API's schema lets through, or what
// policy_json() wrote; kCorrupt otherwise.
Result<EscalationPolicy> policy_from(const boost::json::object& json);

}  // namespace vedette::desk
