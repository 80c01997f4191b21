// DeskCore: the Desk on a database. The server uses it through make_desk(); tests give it their own transport
// and drive climb_due() and send_due() themselves instead of calling start().
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "desk/sender.h"
#include "desk/triage.h"

namespace vedette::desk {

class DeskCore final : public Desk {
 public:
  DeskCore(DeskOptions options, store::Database& database, const Clock& clock, Metrics& metrics,
           std::unique_ptr<Transport> transport);
  ~DeskCore() override;

  Result<void> report(const std::vector<Finding>& findings) override;
  Result<void> report_alongside(const std::vector<Finding>& findings,
                                const store::Database::Write& also) override;
  Result<void> start() override;
  void stop() override;

  Result<Listing<Alert>> alerts(const AlertQuery& query) override;
  Result<std::vector<Facet>> facets(const AlertQuery& query) override;
  Result<Alert> alert(const std::string& id) override;
  Result<std::vector<Finding>> findings(const std::string& alert_id, std::size_t limit) override;
  Result<std::vector<TimelineEntry>> timeline(const std::string& alert_id) override;
  Result<std::vector<Notification>> notifications(const std::string& alert_id) override;

  Result<Alert> acknowledge(const std::string& id, const std::string& by, const std::string& note) override;
  Result<Alert> unacknowledge(const std::string& id, const std::string& by) override;
  Result<Alert> snooze(const std::string& id, WallTime until, const std::string& by) override;
  Result<Alert> unsnooze(const std::string& id, const std::string& by) override;
  Result<Alert> close(const std::string& id, Resolution resolution, const std::string& note,
                      const std::string& by) override;
  Result<Alert> reopen(const std::string& id, const std::string& by) override;
  Result<Alert> merge(const std::string& id, const std::string& into, const std::string& by) override;
  Result<Alert> unmerge(const std::string& id, const std::string& by) override;
  Result<Alert> alert_by_link(const std::string& token) override;
  Result<Alert> acknowledge_by_link(const std::string& token) override;

  Result<std::vector<Channel>> channels() override;
  Result<Channel> save_channel(const Channel& channel, const std::string& by) override;
  Result<void> remove_channel(const std::string& id, const std::string& by) override;
  Result<std::string> test_channel(const std::string& id, const std::string& by) override;
  Result<Ladder> ladder() override;
  Result<Ladder> save_ladder(const Ladder& ladder, const std::string& by) override;
  Result<std::vector<CaughtMail>> mailbox(std::size_t limit) override;

  Result<void> audit(const std::string& actor, const std::string& action, const std::string& object,
                     const std::string& detail_json) override;
  Result<Listing<AuditEntry>> audit_log(const std::string& cursor, std::size_t limit) override;
  Result<void> verify_audit() override;
  Result<bool> keeps_evidence(const std::string& sha256) override;
  Result<std::int64_t> forget_closed(WallTime closed_before) override;
  Result<Status> status() override;
  void on_change(Changed changed) override;

  // First start: a local mailbox and a ladder that uses it. Ends the leases of processes that are gone.
  Result<void> prepare();
  // Climbs the steps and tries the next contacts that are due, those that waited longest first, at most some
  // hundreds; returns how many. An error of one is returned once all others were advanced.
  Result<std::size_t> climb_due();
  // Reports what the auditor finds missed, once until it is over; how much it is.
  Result<std::int64_t> audit_escalation();
  // Sends what is due now, until nothing is; returns how many tries were made.
  Result<std::size_t> send_due();

 private:
  using Read = std::function<Result<void>(store::Session&)>;
  Result<void> write(
      const store::Database::Write& work);  // with the key loaded; wakes the senders after the commit
  Result<void> read(const Read& work) const;
  Result<Alert> triage(const std::string& by, const std::function<Result<Alert>(Triage&)>& act);
  void tell(const std::string& alert_id);
  void wake();
  void run_ladder(std::stop_token stop);
  // A step in a transaction; whether it was still due, and the alerts that it changed.
  using Advance = std::function<Result<bool>(store::Session&, const std::string&, std::set<std::string>&)>;
  Result<std::size_t> advance(const std::vector<std::string>& ids, const Advance& step);
  void run_auditor(std::stop_token stop);
  void run_sender(std::stop_token stop);
  void show_metrics();

  const DeskOptions options_;
  store::Database& database_;
  const Clock& clock_;
  Metrics& metrics_;
  const std::unique_ptr<Transport> transport_;
  const std::string process_;  // lease owner: this run of the program
  DueClock due_;
  const Result<Keys> keys_;
  std::uint64_t owed_ = 0;              // of the database's writer
  std::optional<DeskContext> context_;  // there when keys_ is
  std::optional<Sender> sender_;

  std::mutex listeners_mutex_;
  std::vector<Changed> listeners_;

  std::mutex wake_mutex_;
  std::condition_variable_any woken_;   // senders
  std::condition_variable_any ticked_;  // the ladder
  std::uint64_t work_ = 0;              // grows with every commit that may have made something due
  SteadyTime next_metrics_{};           // the ladder's thread
  std::vector<std::jthread> threads_;   // last: stops first
};

}  // namespace vedette::desk
