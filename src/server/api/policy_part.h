// Escalation policies' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> policy_operations(Api& api);
Schema escalation_policy_shape();
Schema policy_version_shape();
Schema simulated_step_shape();

}  // namespace vedette::server
