// What Vedette knows of its own health: /healthz for a load balancer or watchdog, and the Health page.
#pragma once

#include <string>
#include <vector>

#include "server/api/api.h"

namespace vedette::server {

// The reasons why this instance does not do its work now; empty: it does. Writes one row to the store.
std::vector<std::string> ailments(const Api& api);

}  // namespace vedette::server
