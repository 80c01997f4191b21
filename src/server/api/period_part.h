// Watch periods' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> period_operations(Api& api);
Schema watch_period_shape();
Schema period_outlook_shape();
Schema readiness_item_shape();
Schema freeze_exception_shape();

}  // namespace vedette::server
