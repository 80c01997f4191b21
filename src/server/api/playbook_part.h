// The part of the API about playbooks, and tasks and observables of incidents: for the table of operations
// alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> playbook_operations(Api& api);
std::vector<Operation> task_operations(Api& api);
std::vector<Operation> observable_operations(Api& api);
Schema playbook_shape();
Schema task_shape();
Schema observable_shape();

}  // namespace vedette::server
