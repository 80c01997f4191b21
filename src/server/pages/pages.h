// Pages that work without JavaScript: sign-in, first set-up, the acknowledgement link of a notification, and
// /phone (phone.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"
#include "server/api/api.h"

namespace vedette::server {

// Lent to the HTTP server; `api` outlives it.
std::vector<net::Route> page_routes(Api& api, const std::string& public_url);

// The fields of an application/x-www-form-urlencoded body (WHATWG URL §5.1); at most 32 of them.
std::map<std::string, std::string> form_fields(std::string_view body);

}  // namespace vedette::server
