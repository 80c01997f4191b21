// Advisories' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> advisory_operations(Api& api);
Schema advisory_shape();
Schema indicator_shape();

}  // namespace vedette::server
