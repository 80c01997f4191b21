// Situation reports' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> situation_operations(Api& api);
Schema report_schedule_shape();
Schema situation_report_shape();

}  // namespace vedette::server
