// A user as the API shows it.
#pragma once

#include <boost/json.hpp>

#include "server/accounts/role.h"

namespace vedette::server {

boost::json::object user_json(const User& user);

}  // namespace vedette::server
