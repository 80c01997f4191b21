// The desk's figures in the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> performance_operations(Api& api);
Schema performance_shape();

}  // namespace vedette::server
