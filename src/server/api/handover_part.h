// Handovers' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> handover_operations(Api& api);
Schema handover_shape();
Schema handover_item_shape();

}  // namespace vedette::server
