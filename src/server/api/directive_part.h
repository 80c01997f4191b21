// Directives' part of the API: for the table of operations alone.
#pragma once

#include "desk/directives/directive.h"
#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> directive_operations(Api& api);
std::vector<Operation> directive_action_operations(Api& api);
Schema directive_shape();
Schema directive_detail_shape();
boost::json::object directive_json(const desk::Directive& directive);

}  // namespace vedette::server
