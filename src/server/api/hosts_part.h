// The hosts of an API that may take none.
#pragma once

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/hosts/agents.h"

namespace vedette::server {

// kNotFound: this server takes no agents; the console shows that as a state of its own.
inline Result<Hosts*> hosts_of(const Api& api) {
  if (!api.agents) return refuse(ErrorCode::kNotFound, "agents.none");
  return &api.agents->hosts();
}

}  // namespace vedette::server
