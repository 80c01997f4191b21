// /phone: what the person on duty needs on a small screen, without JavaScript: the alerts nobody has
// answered, a button to answer each, who is on duty, and whom to call next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"
#include "server/api/api.h"

namespace vedette::server {

inline constexpr std::string_view kPhonePath = "/phone";

// Needs a session; without one it leads to the sign-in page and back. Lent to the HTTP server; `api` outlives
// it.
std::vector<net::Route> phone_routes(Api& api, const std::string& public_url);

}  // namespace vedette::server
