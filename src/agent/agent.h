// Agent: watches this host's web roots and tells its server: findings into the spool, the spool to the
// server, a heartbeat every few seconds. What the server has not stored stays in the spool.
//
//   web roots' threads   findings into the spool (durable before report() returns)
//   uplink (1)           heartbeats and batches; one at a time, with a growing pause after a failure
//
// start() and stop() by one thread; status() by any.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "agent/enrolment.h"
#include "agent/spool.h"
#include "files/webroots/web_roots.h"

namespace vedette::agent {

struct AgentOptions {
  std::filesystem::path state;
  std::vector<files::WebRoot> web_roots;  // empty: those of the web servers found here
  HostFacts facts;
  std::chrono::milliseconds heartbeat{15'000};  // until the server names another
  std::chrono::milliseconds retry{1'000}, retry_max{60'000};
};

class Agent final : public FindingSink {
 public:
  static Result<std::unique_ptr<Agent>> open(AgentOptions options, const Clock& clock, Metrics& metrics);
  ~Agent() override;

  Result<void> start();
  void stop();

  Result<void> report(const std::vector<Finding>& findings) override;

  struct Status {
    bool connected = false;  // the last call went well
    std::string last_error;
    Spool::Status spool;
    bool web_roots = false;
    files::WebRoots::Status roots;
  };
  Status status() const;
  const Identity& identity() const { return identity_; }

 private:
  Agent(AgentOptions options, Identity identity, std::unique_ptr<Spool> spool, const Clock& clock,
        Metrics& metrics);
  void run(const std::stop_token& stop);
  Result<void> beat();
  Result<bool> send_batch();  // false: there is nothing to send

  const AgentOptions options_;
  const Identity identity_;
  const std::unique_ptr<Spool> spool_;
  const Clock& clock_;
  files::WebRoots roots_;
  bool roots_started_ = false;
  std::chrono::milliseconds interval_;

  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool work_ = true, connected_ = false;
  std::string last_error_;
  std::jthread uplink_;
};

}  // namespace vedette::agent
