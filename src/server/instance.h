// Instance: one Vedette, wired together. open() builds everything on the data folder without starting a
// thread of the watch or the desk; a command that works on a stopped instance uses it so. start() makes it a
// server.
//
// Data folder: vedette.db (state), snapshots/ (what was seen of sites), evidence/ (of incidents, sealed),
// evidence.key (signs what leaves of it), events/ (logs), agents/ (the authority that signs agents'
// certificates, the key that signs what is asked of them), server.lock (one server at a time), local.json
// (address and token for commands on this machine, while the server runs). Owned and called by one thread,
// but for its parts.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "server/accounts/accounts.h"
#include "server/api/dispatch.h"
#include "server/config/live_config.h"

namespace vedette::server {

struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path database() const { return root / "vedette.db"; }
  std::filesystem::path snapshots() const { return root / "snapshots"; }
  std::filesystem::path agents() const { return root / "agents"; }
  std::filesystem::path events() const { return root / "events"; }
  std::filesystem::path evidence() const { return root / "evidence"; }
  std::filesystem::path directives() const { return root / "directives"; }
  std::filesystem::path evidence_key() const { return root / "evidence.key"; }
  std::filesystem::path lock_name() const { return root / "server"; }
  std::filesystem::path local_access() const { return root / "local.json"; }
};

// What local.json holds: only who may read the data folder may read it.
struct LocalAccess {
  std::string url, token;
  std::string pinned_key;  // of the certificate the server shows (net/http_client.h); empty without TLS
};
Result<LocalAccess> read_local_access(const DataFolder& folder);

class Instance {
 public:
  // kConflict: a server works on this data folder already.
  static Result<std::unique_ptr<Instance>> open(LiveConfig& config, const Clock& clock, Metrics& metrics);
  ~Instance();  // stops
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Result<void> start();
  void stop();
  // After LiveConfig::reload(): gives the new settings to the parts that take them while running.
  Result<void> apply_reloaded();
  // Housekeeping; call about once a second. True while the store takes writes.
  bool tick();

  std::string url() const;  // as people reach it
  std::uint16_t port() const;
  // The link that creates the first administrator; empty when there is one.
  Result<std::string> setup_link();

  Accounts& accounts();
  const Dispatch& api() const;

 private:
  struct Parts;
  Result<void> leave_local_access();
  explicit Instance(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// The principal of a command that works on a stopped instance.
Principal local_command();

}  // namespace vedette::server
