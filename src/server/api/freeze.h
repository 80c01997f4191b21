// The change freeze at the API: while one runs, a change of configuration or of what a page should be needs
// a reason (query parameter freeze_reason), which is written down before the change is made.
#pragma once

#include "server/api/operation.h"

namespace vedette::server {

struct Api;
// Wraps the operations that change such things; the others stay as they are.
void guard_by_freeze(Api& api, std::vector<Operation>& operations);

}  // namespace vedette::server
