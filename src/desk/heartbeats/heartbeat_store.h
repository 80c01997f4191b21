// Rows of heartbeats. Inside the caller's transaction.
#pragma once

#include <vector>

#include "desk/heartbeats/heartbeat.h"
#include "store/database.h"

namespace vedette::desk {

Result<std::vector<Heartbeat>> load_heartbeats(store::Session& session);  // by name
Result<Heartbeat> load_heartbeat(store::Session& session, const std::string& id);
Result<Heartbeat> heartbeat_of(store::Session& session, const std::string& token);

// kLimit: there are HeartbeatLimits::kMost already.
Result<void> insert_heartbeat(store::Session& session, const Heartbeat& heartbeat, const std::string& token);
Result<void> update_heartbeat(store::Session& session, const Heartbeat& heartbeat);
Result<void> delete_heartbeat(store::Session& session, const std::string& id);

}  // namespace vedette::desk
