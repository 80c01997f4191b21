// GuardKeeper: keeps the guard that the policy asks for running, and tells the server what it meets.
//
//   the guard (a process)  knows its incidents and keeps them in its vault
//   keeper (1 thread)      starts, adopts and stops it; hears its events; pulls incidents and reports and
//   puts
//                          them into the spool together with a mark of what was told; carries out orders
//
// An event only wakes: what is told is pulled and compared with the mark, so that after a restart of either
// side nothing is told twice as new and nothing is lost. A spool that takes nothing (full disk) only delays:
// the guard keeps what it knows. An order with an id that was carried out is not carried out again (a mark).
// Limits: 64 orders wait; one notice of a kind a minute, with a count. All calls but run() by any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "agent/guard_process.h"
#include "agent/incident_records.h"
#include "agent/sight.h"
#include "agent/signed_order.h"
#include "agent/spool.h"

namespace vedette::agent {

struct GuardKeeperOptions {
  std::filesystem::path program = "/proc/self/exe";
  std::filesystem::path vault;  // outside of every tree
  ReportingHost host;
  std::chrono::milliseconds look{5'000};  // at a running guard: how it is, whether an incident grew
  std::chrono::milliseconds retry{1'000}, retry_max{60'000}, stop_patience{15'000};
};

class GuardKeeper {
 public:
  // `wake`: the spool has something new.
  GuardKeeper(GuardKeeperOptions options, Spool& spool, const Clock& clock, std::function<void()> wake);
  ~GuardKeeper();

  void start(const Policy& policy);
  // Ends the guard as well: an agent that is asked to stop leaves nothing behind but a killed one does.
  void stop();
  void set_policy(const Policy& policy);
  // An order that was verified and is not past its time. `skew`: the server's clock less this host's.
  void give(const Order& order, std::chrono::milliseconds skew);
  // What the agent itself has to say beside the guard ("order_refused", "policy_refused").
  void note(const std::string& kind, const std::string& detail, const std::string& path = {});

  struct View {
    std::optional<files::GuardMode> mode;  // in force now
    std::vector<Sight> sights;
    std::vector<TreeSight> trees;
  };
  View view() const;

 private:
  enum class Phase { kOff, kStarting, kRunning };
  struct Notice {
    std::optional<SteadyTime> told;
    std::uint64_t count = 0;  // not told yet
    std::string detail, path, mark;
  };
  struct Waiting {
    Order order;
    std::chrono::milliseconds skew;
  };

  // guard_keeper.cpp
  void run(const std::stop_token& stop);
  void rest(const std::stop_token& stop);
  std::optional<GuardWish> wish();
  void follow_policy();
  void begin(const GuardWish& wish);
  void went_wrong(const std::string& kind, const std::string& why);
  void look_at_start();
  void look_at_guard();
  void lost_guard();
  void show();

  // guard_keeper_tell.cpp
  bool listen();
  bool hear();
  void take_event(const boost::json::object& event);
  void pull();
  bool tell_incident(const std::string& id);
  bool tell_snapshot(const boost::json::object& snapshot);
  bool tell_report(const std::string& id);
  void tell_notices();

  // guard_keeper_orders.cpp
  void carry_out(const Waiting& waiting);
  struct Done {
    bool ok = false;
    Message text;
  };
  Done ask(const Order& order, WallTime now);
  Done without_guard(const Order& order);

  const GuardKeeperOptions options_;
  Spool& spool_;
  const Clock& clock_;
  const std::function<void()> wake_;
  files::UniqueFd woken_;  // an eventfd

  // The keeper's own.
  GuardProcess process_;
  Phase phase_ = Phase::kOff;
  GuardWish served_;
  files::UniqueFd events_;
  std::string heard_, run_;
  std::uint64_t heard_number_ = 0;
  std::map<std::string, std::uint64_t> seen_;  // incident → the revision that was told
  bool pull_due_ = false, adopted_ = false, stop_ended_ = false;
  SteadyTime next_look_{}, next_try_{}, lost_since_{};
  std::chrono::milliseconds pause_;
  std::string trouble_;  // why it does not run, or ""
  std::vector<std::string> missing_;
  bool observes_only_ = false;  // the guard may not use fanotify here
  std::uint64_t opens_ = 0;
  SteadyTime opens_at_{};
  std::map<std::string, Notice> notices_;

  mutable std::mutex mutex_;  // of what follows
  Policy policy_;
  bool policy_new_ = false;
  std::deque<Waiting> orders_;
  std::deque<std::tuple<std::string, std::string, std::string>> notes_;
  View view_;
  std::jthread thread_;
};

}  // namespace vedette::agent
