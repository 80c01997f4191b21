// LiveConfig: the snapshot in force, and its replacement at run time. Thread-safe.
//
// reload() checks the new file completely before anything changes. Keys that need a restart keep their
// running value in the new snapshot and are named in the report.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/config/config.h"

namespace vedette::server {

class LiveConfig {
 public:
  // `override_keys` puts what the command line said over what the file says, at start and at every reload.
  using Override = std::function<void(Config&)>;
  LiveConfig(Config config, std::filesystem::path file, Override override_keys);

  std::shared_ptr<const Config> current() const;

  struct Reload {
    std::vector<std::string> changed;       // in force now
    std::vector<std::string> need_restart;  // differ in the file, but keep their value until the next start
  };
  Result<Reload> reload();

 private:
  const std::filesystem::path file_;  // empty: started without one
  const Override override_keys_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> config_;
};

}  // namespace vedette::server
