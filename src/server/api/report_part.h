// Reports' part of the API: for the table of operations alone.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> report_operations(Api& api);         // reading and drafting
std::vector<Operation> report_action_operations(Api& api);  // review, approval, sending
Schema report_form_shape();
Schema report_shape();
Schema report_detail_shape();
Schema organisation_shape();

}  // namespace vedette::server
