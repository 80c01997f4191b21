// The part of the API about mail that is taken in: for the table of operations, and for what came by mail.
#pragma once

#include "desk/intake/taken_mail.h"
#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> mail_intake_operations(Api& api);
Schema taken_mail_shape();
// By which a directive or an advisory came; null: by hand.
Result<boost::json::value> mail_json(Api& api, const std::string& object_id);

}  // namespace vedette::server
