// Units' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> unit_operations(Api& api);
Schema unit_shape();
Schema asset_unit_shape();

}  // namespace vedette::server
