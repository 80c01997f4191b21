// Heartbeats' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> heartbeat_operations(Api& api);
Schema heartbeat_shape();

}  // namespace vedette::server
