// Agent: watches this host's web roots, keeps a guard on its trees where the policy says so, and tells its
// server: what is found into the spool, the spool to the server, a heartbeat every few seconds with what this
// host sees. What the server has not stored stays in the spool. What the server asks comes in the heartbeat's
// answer, signed: a policy and orders (signed_order.h).
//
//   web roots' threads   findings into the spool (durable before report() returns)
//   log follower (1)     what is added to logs into a spool of their own (logs/log_follower.h)
//   keeper (1)           the guard's process, its incidents, orders (guard_keeper.h)
//   uplink (1)           heartbeats, batches, the policy, renewal; one call at a time, with a growing pause
//   after
//                        a failure, or the pause the server asks for
//
// start() and stop() by one thread; status() by any.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "agent/enrolment.h"
#include "agent/guard_keeper.h"
#include "agent/logs/log_follower.h"
#include "agent/policy_store.h"
#include "agent/renewal.h"
#include "agent/spool.h"
#include "files/webroots/web_roots.h"

namespace vedette::agent {

struct AgentOptions {
  std::filesystem::path state;
  std::vector<files::WebRoot> web_roots;  // given by hand: they go before the policy's; empty: the policy's
  std::vector<LogFiles> log_files;        // given by hand: beside the policy's
  HostFacts facts;
  std::filesystem::path program = "/proc/self/exe";  // what the guard is started with
  std::chrono::milliseconds heartbeat{15'000};       // until the server names another
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
    std::int64_t policy_version = 0;
    std::vector<std::string> web_roots;  // what is watched now
    std::chrono::milliseconds skew{};    // the server's clock less ours
  };
  Status status() const;
  // For the watchdog: the uplink has turned within the time that its longest call and pause take together.
  bool well() const;
  const Identity& identity() const { return identity_; }

 private:
  Agent(AgentOptions options, Identity identity, std::unique_ptr<Spool> spool,
        std::unique_ptr<Spool> log_spool, const Clock& clock, Metrics& metrics);
  void wake();

  // agent.cpp
  void load_policy();
  void take_answer(const boost::json::object& answer, WallTime sent);
  void take_policy(const boost::json::value& signed_policy);
  void take_order(const boost::json::value& signed_order);
  void follow_web_roots();
  void follow_logs();

  // agent_state.cpp: what the heartbeat says
  boost::json::object state_json() const;
  std::vector<Sight> sights() const;
  void add_log_sights(std::vector<Sight>& to) const;

  // agent_uplink.cpp
  void run(const std::stop_token& stop);
  Result<void> beat();
  Result<bool> send_batch();  // false: there is nothing to send
  Result<bool> send(Spool& spool, std::string_view call, std::size_t bytes_max);
  bool send_logs();  // false: there is nothing to send now
  void renew_if_due();

  const AgentOptions options_;
  Identity identity_;  // certificate and key change with a renewal: the uplink's; the rest stays as it is
  const std::unique_ptr<Spool> spool_, log_spool_;
  const Clock& clock_;
  Metrics& metrics_;
  GuardKeeper keeper_;
  LogFollower follower_;

  // The uplink's, after start().
  PolicyStore policies_;
  Policy policy_;
  std::chrono::milliseconds interval_, retry_after_{};
  std::vector<files::WebRoot> watched_;  // what roots_ was made with
  SteadyTime roots_due_{}, logs_due_{};
  std::chrono::milliseconds logs_pause_{};
  std::string logs_error_;  // why the server takes no logs now
  std::string roots_error_, policy_error_, renewal_error_;
  std::optional<net::CertificateFacts> certificate_;
  SteadyTime renewal_due_{};
  bool old_pairs_ = true;  // there may be files of a certificate that is not in use

  mutable std::mutex roots_mutex_;
  std::unique_ptr<files::WebRoots> roots_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any woken_;
  bool work_ = true, connected_ = false, clock_seen_ = false;
  std::string last_error_;
  std::int64_t version_ = 0;
  std::chrono::milliseconds skew_{};
  SteadyTime turned_{};
  std::jthread uplink_;
};

}  // namespace vedette::agent
