// The HTTP server's own refusals in the language of whoever asked. For its wrap: quick, thread-safe.
#pragma once

#include "net/http_server.h"

namespace vedette::server {

// Leaves every other response as it is. A request that could not be read has no language: English.
void say_own_answer(const net::Request& request, net::Response& response);

}  // namespace vedette::server
