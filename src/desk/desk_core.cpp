#include "desk/desk_core.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "base/log.h"
#include "desk/alert_query.h"
#include "desk/audit.h"
#include "desk/due_anchor.h"
#include "desk/escalation/failover.h"
#include "desk/ingest.h"
#include "desk/ladder.h"
#include "desk/mailbox.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kAtOnce = 200;  // steps, and as many next contacts
constexpr auto kAuditEvery = std::chrono::seconds(5);
constexpr auto kMetricsEvery = std::chrono::seconds(10);  // counting the open alerts reads every one of them

Result<Keys> load_keys(const DeskOptions& options, const store::Database& database) {
  return Keys::load(options.key_file.empty() ? std::filesystem::path(database.path().string() + ".key")
                                             : options.key_file);
}

}  // namespace

DeskCore::DeskCore(DeskOptions options, store::Database& database, const Clock& clock, Metrics& metrics,
                   std::unique_ptr<Transport> transport)
    : options_(std::move(options)),
      database_(database),
      clock_(clock),
      metrics_(metrics),
      transport_(std::move(transport)),
      process_(random_token(8)),
      due_(clock),
      keys_(load_keys(options_, database)) {
  if (keys_) {
    context_.emplace(DeskContext{options_, clock_, due_, *keys_, metrics_, owed_});
    sender_.emplace(*context_, database_, *transport_, process_ + "/sender");
  }
}

DeskCore::~DeskCore() { stop(); }

Result<void> DeskCore::write(const store::Database::Write& work) {
  if (!keys_) return std::unexpected(Error(keys_.error()));
  TRY(database_.write(work));
  wake();
  return {};
}

Result<void> DeskCore::read(const Read& work) const {
  if (!keys_) return std::unexpected(Error(keys_.error()));
  return database_.read(work);
}

Result<void> DeskCore::report(const std::vector<Finding>& findings) { return report_alongside(findings, {}); }

Result<void> DeskCore::report_alongside(const std::vector<Finding>& findings,
                                        const store::Database::Write& also) {
  for (const auto& finding : findings) TRY(check_finding(finding));
  if (!keys_) return std::unexpected(Error(keys_.error()));
  std::set<std::string> changed;
  bool owes = false;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    changed.clear();
    auto before = owed_;
    for (const auto& finding : findings) TRY(take_finding(session, *context_, finding, changed));
    TRY(also ? also(session) : Result<void>());
    owes = owed_ != before;
    return {};
  }));
  if (owes) wake();  // most findings are nothing to send, and looking in vain costs as much as storing one
  metrics_.counter("vedette_desk_findings_total", "Findings stored")
      .add(static_cast<double>(findings.size()));
  for (const auto& id : changed) tell(id);
  return {};
}

Result<void> DeskCore::prepare() {
  std::string audit_head;
  TRY(write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto seen, kept_due_ms(session, clock_));
    if (seen) due_.not_before(*seen);
    TRY(keep_due(session, *context_));
    TRY(end_foreign_leases(session, *context_, process_));
    TRY_ASSIGN(audit_head, newest_audit_hash(session));
    TRY(adopt_ladder(session, clock_));
    TRY_ASSIGN(auto rows, session.query("SELECT (SELECT COUNT(*) FROM channels) + (SELECT COUNT(*) FROM "
                                        "escalation_policies)"));
    if (rows[0].integer(0) > 0) return {};
    Channel mailbox;
    mailbox.name = render({"desk.mailbox.name", {}}, context_->language());
    mailbox.kind = ChannelKind::kMailbox;
    mailbox.settings_json = R"({"to":"duty@vedette.local"})";
    TRY_ASSIGN(mailbox, store_channel(session, *context_, mailbox));
    TRY(store_ladder(session, clock_, {.steps = {{0, {mailbox.id}}}}, "desk"));
    return append_audit(session, clock_.wall(), "desk", "channel.saved", "channel/" + mailbox.id,
                        R"({"reason":"first start"})");
  }));
  log::info("desk", "audit log", {{"vedette.audit.newest_hash", audit_head}});
  return {};
}

Result<void> DeskCore::start() {
  TRY(prepare());
  threads_.emplace_back([this](std::stop_token stop) { run_ladder(stop); });
  threads_.emplace_back([this](std::stop_token stop) { run_auditor(stop); });
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.senders); ++i) {
    threads_.emplace_back([this](std::stop_token stop) { run_sender(stop); });
  }
  return {};
}

void DeskCore::stop() {
  for (auto& thread : threads_) thread.request_stop();
  ticked_.notify_all();
  woken_.notify_all();
  threads_.clear();
}

void DeskCore::wake() {
  {
    std::lock_guard lock(wake_mutex_);
    ++work_;
  }
  // One: it wakes the next when it has found something to send.
  woken_.notify_one();
}

void DeskCore::run_ladder(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto climbed = climb_due();
    if (!climbed)
      log::error("desk", "the ladder could not be climbed", {{"error.message", climbed.error().full()}});
    show_metrics();
    transport_->close_idle();
    if (climbed && *climbed >= kAtOnce) continue;  // there is more: after a pause, or in a storm
    std::unique_lock lock(wake_mutex_);
    ticked_.wait_for(lock, stop, options_.tick, [] { return false; });
  }
}

void DeskCore::run_auditor(std::stop_token stop) {
  // Not at once: what became due while nothing ran is climbed first.
  std::mutex own;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    std::unique_lock lock(own);
    stopped.wait_for(lock, stop, kAuditEvery, [] { return false; });
    if (stop.stop_requested()) return;
    if (auto audited = audit_escalation(); !audited)
      log::error("desk", "the escalation could not be audited", {{"error.message", audited.error().full()}});
  }
}

void DeskCore::run_sender(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::uint64_t before = 0;
    {
      std::lock_guard lock(wake_mutex_);
      before = work_;
    }
    auto outcome = sender_->send_one([this] { wake(); });
    if (outcome && outcome->sent_something) {
      for (const auto& id : outcome->changed_alerts) tell(id);
      continue;  // what the outcome made due is found by the next look
    }
    if (!outcome)
      log::error("desk", "the outbox could not be worked", {{"error.message", outcome.error().full()}});
    std::unique_lock lock(wake_mutex_);
    woken_.wait_for(lock, stop, options_.tick, [&] { return work_ != before && outcome.has_value(); });
  }
}

// Together, so that they share the disk's time; each for itself, so that a damaged one holds up no other.
Result<std::size_t> DeskCore::advance(const std::vector<std::string>& ids, const Advance& step) {
  struct Step {
    bool did = false;
    std::set<std::string> changed;
    std::future<Result<void>> done;
  };
  std::vector<Step> steps(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    steps[i].done = database_.write_async([&, i](store::Session& session) -> Result<void> {
      steps[i].changed.clear();
      TRY_ASSIGN(steps[i].did, step(session, ids[i], steps[i].changed));
      return {};
    });
  }
  std::size_t advanced = 0;
  Result<void> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (auto done = steps[i].done.get(); !done) {
      all = std::unexpected(std::move(done).error().with("advancing " + ids[i]));
      continue;
    }
    if (steps[i].did) ++advanced;
    for (const auto& one : steps[i].changed) tell(one);
  }
  if (advanced > 0) wake();
  if (!all) return std::unexpected(std::move(all).error());
  return advanced;
}

Result<std::size_t> DeskCore::climb_due() {
  std::vector<std::string> steps, failovers;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(steps, due_alerts(session, *context_, kAtOnce));
    TRY_ASSIGN(failovers, due_failovers(session, *context_, kAtOnce));
    return {};
  }));
  auto climbed = advance(steps, [&](store::Session& session, const std::string& id, auto& changed) {
    return climb_if_due(session, *context_, id, changed);
  });
  auto failed_over =
      advance(failovers, [&](store::Session& session, const std::string& id, auto& changed) -> Result<bool> {
        TRY_ASSIGN(auto alert, fail_over_if_due(session, *context_, id));
        if (!alert.empty()) changed.insert(alert);
        return !alert.empty();
      });
  if (!climbed) return climbed;
  if (!failed_over) return failed_over;
  return *climbed + *failed_over;
}

Result<std::size_t> DeskCore::send_due() {
  if (!keys_) return std::unexpected(Error(keys_.error()));
  for (std::size_t tries = 0;; ++tries) {
    TRY_ASSIGN(auto outcome, sender_->send_one());
    if (!outcome.sent_something) return tries;
    for (const auto& id : outcome.changed_alerts) tell(id);
  }
}

void DeskCore::show_metrics() {
  auto at = clock_.steady();
  if (at < next_metrics_) return;
  next_metrics_ = at + kMetricsEvery;
  auto now = status();
  if (!now) return;
  metrics_.gauge("vedette_desk_outbox_pending", "Notifications that are owed")
      .set(static_cast<double>(now->outbox_pending));
  metrics_.gauge("vedette_desk_outbox_oldest_seconds", "Age of the oldest notification that is owed")
      .set(static_cast<double>(now->outbox_oldest_s));
  metrics_.gauge("vedette_desk_open_alerts", "Alerts that are not closed")
      .set(static_cast<double>(now->open_alerts));
  metrics_.gauge("vedette_desk_channels_failing", "Channels that do not take notifications")
      .set(static_cast<double>(now->channels_failing));
}

void DeskCore::on_change(Changed changed) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.push_back(std::move(changed));
}

void DeskCore::tell(const std::string& alert_id) {
  std::vector<Changed> listeners;
  {
    std::lock_guard lock(listeners_mutex_);
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener(alert_id);
}

}  // namespace vedette::desk
