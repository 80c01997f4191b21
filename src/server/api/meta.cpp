// /openapi.json and /stream.
#include "server/api/api.h"

namespace vedette::server {

std::vector<Operation> meta_operations(Api& api) {
  return {
      {.method = net::Method::kGet,
       .path = "/openapi.json",
       .id = "getOpenApi",
       .tag = "meta",
       .summary = "This document",
       .open = true,
       .response = shape::any(),
       .handler = [&api](const Call&) -> Result<net::Response> {
         return net::Response::json(200, api.openapi());
       }},
      {.method = net::Method::kGet,
       .path = "/stream",
       .id = "followStream",
       .tag = "meta",
       .summary = "Server-Sent Events: alert, site, mailbox, resync, heartbeat",
       .on_wall = true,
       .stream = true},
  };
}

}  // namespace vedette::server
