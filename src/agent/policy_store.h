// The policy that is in force on this host: as the server signed it, in <state>/policy.json, so that it holds
// after a restart without the server, and a file that was changed by hand is not believed. Errors name the
// file. Not thread-safe.
#pragma once

#include <filesystem>

#include "agent/signed_order.h"

namespace vedette::agent {

class PolicyStore {
 public:
  PolicyStore(std::filesystem::path state, std::string host_id, std::string command_key);

  // Version 0 where none is kept. kCorrupt, kForbidden: what is there is not this server's policy for this
  // host.
  Result<Policy> load();
  // Verifies, keeps and returns it. kConflict: it was issued before the one that is in force, so somebody
  // plays it back (a server that was restored from a backup issues anew).
  Result<Policy> take(const boost::json::value& signed_policy);

 private:
  const std::filesystem::path file_;
  const std::string host_id_, command_key_;
  Policy current_;
};

}  // namespace vedette::agent
