// What an agent sends at once, whatever its records say. Pure; any thread.
#pragma once

#include "server/hosts/hosts.h"

namespace vedette::server {

// kInvalid: the epoch is empty or too long, or the numbers do not rise or are beyond what JSON holds exactly.
Result<void> check_batch(const std::string& epoch, const std::vector<AgentRecord>& records);

}  // namespace vedette::server
