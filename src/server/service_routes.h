// /healthz and /metrics: for machines that watch the watch.
#pragma once

#include <vector>

#include "net/http_server.h"
#include "server/api/api.h"
#include "server/api/dispatch.h"

namespace vedette::server {

// Lent to the HTTP server; the arguments outlive it.
std::vector<net::Route> service_routes(Api& api, const Dispatch& dispatch, Metrics& metrics);

}  // namespace vedette::server
