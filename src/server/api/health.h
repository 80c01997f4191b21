// What Vedette knows of its own health: /healthz for a load balancer or watchdog, and the Health page.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vedette::server {

struct Api;

// The reasons why this instance does not do its work now; empty: it does. Looking costs a commit, so an
// answer is kept for five seconds, whoever asks. Thread-safe.
class Ailments {
 public:
  std::vector<std::string> get(const Api& api);

 private:
  std::mutex mutex_;
  std::optional<SteadyTime> at_;
  std::vector<std::string> known_;
};

}  // namespace vedette::server
