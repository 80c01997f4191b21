#include "desk/outbox.h"

#include "base/hash.h"
#include "base/id.h"
#include "desk/breaker.h"
#include "desk/due_anchor.h"
#include "desk/escalation/failover.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using store::Parameters;
constexpr std::string_view kColumns =
    "n.id, n.alert_id, n.channel_id, c.name, n.target, n.cycle, n.step, n.attempts, n.state, n.last_error, "
    "n.receipt, "
    "n.created_at, n.accepted_at";
constexpr std::size_t kReceiptMax = 500;

Notification notification_from(const store::Row& row) {
  Notification n;
  n.id = row.text(0);
  n.alert_id = row.text(1);
  n.channel_id = row.text(2);
  n.channel_name = row.text(3);
  n.target = row.text(4);
  n.cycle = static_cast<int>(row.integer(5));
  n.step = static_cast<int>(row.integer(6));
  n.attempts = static_cast<int>(row.integer(7));
  n.state = row.text(8) == "bundled" ? "pending" : row.text(8);  // for people it is one that is owed
  n.last_error = row.text(9);
  n.receipt = row.text(10);
  n.created_at = from_unix_ms(row.integer(11));
  if (!row.is_null(12)) n.accepted_at = from_unix_ms(row.integer(12));
  return n;
}

std::string not_in(std::string_view column, const std::set<std::string>& values, Parameters& parameters) {
  if (values.empty()) return "1=1";
  std::string marks;
  for (const auto& value : values) {
    marks += marks.empty() ? "?" : ",?";
    parameters.emplace_back(value);
  }
  return fmt::format("{} NOT IN ({})", column, marks);
}

// The gravest severity of which something is due. Severity by severity, because the index is ordered by it
// and then by the time: what is not due yet, thousands in a storm, is not looked at.
constexpr std::string_view kFirstDue =
    "WITH RECURSIVE s(severity) AS (SELECT 5 UNION ALL SELECT severity - 1 FROM s WHERE severity > 1) "
    "SELECT severity FROM s WHERE EXISTS (SELECT 1 FROM notifications n WHERE n.state IN ('pending', "
    "'leased') "
    "AND n.severity = s.severity AND n.due <= ?) ORDER BY severity DESC LIMIT 1";

Result<store::Rows> first_due(store::Session& session, const DeskContext& desk, const ClaimLimits& limits) {
  for (auto severity = static_cast<std::int64_t>(Severity::kCritical); severity > 0; --severity) {
    Parameters parameters = {severity, desk.due.now_ms()};
    std::string not_busy = not_in("n.channel_id", limits.busy_channels, parameters);
    std::string not_slow = "1=1";
    if (severity < static_cast<std::int64_t>(Severity::kCritical))
      not_slow = not_in("n.channel_id", limits.slow_channels, parameters);
    TRY_ASSIGN(
        auto rows,
        session.query(fmt::format("SELECT {} FROM notifications n JOIN channels c ON c.id = n.channel_id "
                                  "WHERE n.state IN ('pending', 'leased') AND n.severity = ? AND n.due <= ? "
                                  "AND {} AND {}{} ORDER BY n.due LIMIT 1",
                                  kColumns, not_busy, not_slow,
                                  limits.proven_only ? " AND c.state = 'ok' AND c.failures = 0" : ""),
                      parameters));
    if (!rows.empty()) return rows;
  }
  return store::Rows();
}

Result<void> set_state(store::Session& session, const std::string& id, const std::string& state) {
  TRY(session.execute("UPDATE notifications SET state = ?, lease_owner = '' WHERE id = ?", {state, id}));
  return {};
}

// The message is written already, for the channel or for somebody else at the same address: it serves this
// person too, who must not wait longer for the next contact because of that.
Result<void> adopt_row(store::Session& session, const Alert& alert, int step, const Recipient& recipient,
                       const store::Value& failover) {
  if (recipient.person.empty()) return {};
  TRY(session.execute(
      "UPDATE notifications SET person = ?, contact = ?, failover_due = ? WHERE alert_id = ? AND "
      "cycle = ? AND step = ? AND target = ? AND channel_id = ? AND person = '' AND "
      "state IN ('pending', 'leased')",
      {recipient.person, std::int64_t{recipient.contact}, failover, alert.id, std::int64_t{alert.cycle},
       std::int64_t{step}, recipient.target, recipient.channel.channel.id}));
  return {};
}

}  // namespace

Result<int> enqueue(store::Session& session, const DeskContext& desk, const Alert& alert, int step,
                    const std::vector<Recipient>& recipients) {
  auto now = desk.clock.wall();
  int rows = 0;
  for (const auto& [record, target, person, contact] : recipients) {
    std::string id = new_id(desk.clock);
    store::Value failover = std::monostate{};
    if (!person.empty()) failover = desk.due.now_ms() + kAcceptanceMs;
    TRY_ASSIGN(auto added,
               session.execute("INSERT INTO notifications(id, alert_id, cycle, step, target, channel_id, "
                               "severity, state, due, lease_owner, attempts, last_error, receipt, link_hash, "
                               "created_at, person, contact, failover_due) "
                               "VALUES (?,?,?,?,?,?,?,'pending',?,'',0,'','',?,?,?,?,?) "
                               "ON CONFLICT(alert_id, cycle, step, target, channel_id) DO NOTHING",
                               {id, alert.id, std::int64_t{alert.cycle}, std::int64_t{step}, target,
                                record.channel.id, static_cast<std::int64_t>(alert.severity),
                                desk.due.now_ms(), sha256_hex(desk.keys.link_token(id)), to_unix_ms(now),
                                person, std::int64_t{contact}, failover}));
    ++rows;
    desk.owed += static_cast<std::uint64_t>(added);
    if (added == 0) {
      TRY(adopt_row(session, alert, step, {record, target, person, contact}, failover));
      continue;
    }
    TRY(add_timeline(
        session, alert.id, now, "notified", "desk",
        {"desk.timeline.notified",
         {{"channel", record.channel.name}, {"target", target}, {"step", std::to_string(step + 1)}}}));
  }
  return rows;
}

Result<void> cancel_pending(store::Session& session, const DeskContext& desk, const std::string& alert_id) {
  TRY_ASSIGN(auto leads,
             session.query("SELECT DISTINCT n.bundle FROM notifications n JOIN notifications l ON l.id = "
                           "n.bundle WHERE l.alert_id = ? AND l.state = 'pending' AND n.bundle <> ''",
                           {alert_id}));
  for (const auto& lead : leads) TRY(release_bundle(session, desk, lead.text(0)));
  TRY(session.execute(
      "UPDATE notifications SET state = 'cancelled', failover_due = NULL WHERE alert_id = ? AND "
      "state IN ('pending', 'bundled')",
      {alert_id}));
  return {};
}

Result<void> revive_cancelled(store::Session& session, const DeskContext& desk, const Alert& alert) {
  TRY(session.execute(
      "UPDATE notifications SET state = 'pending', bundle = '', due = ?, "
      "failover_due = CASE WHEN person = '' THEN NULL ELSE ? END WHERE alert_id = ? AND cycle = ? AND "
      "state = 'cancelled' AND attempts = 0",
      {desk.due.now_ms(), desk.due.now_ms() + kAcceptanceMs, alert.id, std::int64_t{alert.cycle}}));
  return {};
}

Result<void> revive_failed(store::Session& session, const DeskContext& desk, const std::string& channel_id) {
  TRY(session.execute(
      "UPDATE notifications SET state = 'pending', bundle = '', due = ?, attempts = 0 WHERE channel_id = ? "
      "AND "
      "state = 'failed' AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = notifications.alert_id AND "
      "a.state = 'new' AND a.cycle = notifications.cycle)",
      {desk.due.now_ms(), channel_id}));
  // What waits for its next try need not wait any longer either.
  TRY(session.execute("UPDATE notifications SET due = ? WHERE channel_id = ? AND state = 'pending'",
                      {desk.due.now_ms(), channel_id}));
  return {};
}

Result<bool> anything_due(store::Session& session, const DeskContext& desk) {
  TRY_ASSIGN(auto rows, session.query(kFirstDue, {desk.due.now_ms()}));
  return !rows.empty();
}

Result<std::optional<Claim>> claim_next(store::Session& session, const DeskContext& desk,
                                        const std::string& owner, const ClaimLimits& limits) {
  constexpr int kCancelledOnTheWayMax = 64;
  for (int i = 0; i < kCancelledOnTheWayMax; ++i) {
    TRY_ASSIGN(auto rows, first_due(session, desk, limits));
    if (rows.empty()) return std::optional<Claim>();
    Claim claim;
    claim.notification = notification_from(rows[0]);
    auto& n = claim.notification;
    TRY_ASSIGN(claim.alert, load_alert(session, desk.due, n.alert_id));
    auto channel = load_channel(session, n.channel_id);
    bool wanted = claim.alert.alert.state == AlertState::kNew && claim.alert.alert.cycle == n.cycle &&
                  channel && channel->channel.enabled;
    if (!wanted) {
      TRY(release_bundle(session, desk, n.id));
      TRY(set_state(session, n.id, "cancelled"));
      continue;
    }
    claim.channel = *std::move(channel);
    TRY_ASSIGN(bool paced, defer_if_paced(session, desk, n, claim.channel));
    if (paced) continue;
    TRY_ASSIGN(bool open, hold_if_open(session, desk, claim.channel));
    if (open) continue;
    TRY_ASSIGN(claim.bundle, gather_bundle(session, desk, n, claim.channel));
    TRY_ASSIGN(claim.finding, load_finding(session, claim.alert.gravest_uid));
    ++n.attempts;
    n.state = "leased";
    TRY(session.execute(
        "UPDATE notifications SET state = 'leased', lease_owner = ?, attempts = ?, due = ? WHERE id = ?",
        {owner, std::int64_t{n.attempts}, desk.due.now_ms() + desk.options.lease.count(), n.id}));
    return std::optional(std::move(claim));
  }
  return std::optional<Claim>();
}

Result<void> end_foreign_leases(store::Session& session, const DeskContext& desk, const std::string& owner) {
  // The owner before the first '/' is the process. Due is when it was claimed, so that it keeps its place
  // before what has come since: a program that is killed again and again would never come to it otherwise.
  // The state is asked for in the words of the index too: SQLite uses it only for these.
  auto now = desk.due.now_ms();
  auto lease = desk.options.lease.count();
  TRY(session.execute(
      "UPDATE notifications SET due = CASE WHEN due - ? < ? THEN due - ? ELSE ? END WHERE state IN "
      "('pending', 'leased') AND state = 'leased' AND lease_owner NOT LIKE ?",
      {lease, now, lease, now, owner + "/%"}));
  return {};
}

namespace {

Result<bool> still_ours(store::Session& session, const Claim& claim) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT 1 FROM notifications WHERE id = ? AND state = 'leased' AND attempts = ?",
                           {claim.notification.id, std::int64_t{claim.notification.attempts}}));
  return !rows.empty();
}

}  // namespace

Result<bool> settle_accepted(store::Session& session, const DeskContext& desk, const Claim& claim,
                             const std::string& receipt) {
  TRY_ASSIGN(bool ours, still_ours(session, claim));
  if (!ours) return false;
  const auto& n = claim.notification;
  auto now = desk.clock.wall();
  std::string short_receipt = receipt.substr(0, kReceiptMax);
  TRY(session.execute(
      "UPDATE notifications SET state = 'accepted', lease_owner = '', last_error = '', failover_due = NULL, "
      "receipt = ?, accepted_at = ? "
      "WHERE id = ?",
      {short_receipt, to_unix_ms(now), n.id}));
  Message taken{"desk.timeline.accepted_silently", {{"channel", n.channel_name}, {"target", n.target}}};
  if (!short_receipt.empty()) {
    taken.key = "desk.timeline.accepted";
    taken.arguments["receipt"] = short_receipt;
  }
  TRY(add_timeline(session, n.alert_id, now, "accepted", n.channel_name, taken));
  TRY(note_page(session, desk, n));
  TRY(accept_bundle(session, n, short_receipt, now));
  return true;
}

Result<bool> settle_failed(store::Session& session, const DeskContext& desk, const Claim& claim,
                           const Failure& failure, std::mt19937_64& jitter) {
  TRY_ASSIGN(bool ours, still_ours(session, claim));
  if (!ours) return false;
  const auto& n = claim.notification;
  bool given_up = failure.for_good || n.attempts >= kAttemptsMax;
  auto wait = backoff(n.attempts, std::generate_canonical<double, 32>(jitter));
  if (failure.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *failure.retry_after);
  TRY(
      session.execute("UPDATE notifications SET state = ?, lease_owner = '', due = ?, last_error = ?, "
                      "failover_due = CASE WHEN failover_due IS NULL THEN NULL ELSE ? END WHERE id = ?",
                      {std::string(given_up ? "failed" : "pending"), desk.due.now_ms() + wait.count(),
                       failure.error.substr(0, kReceiptMax), desk.due.now_ms(), n.id}));
  TRY(keep_due(session, desk));
  if (given_up) TRY(fail_bundle(session, n, failure.error.substr(0, kReceiptMax)));
  if (given_up || n.attempts == 1) {
    TRY(add_timeline(session, n.alert_id, desk.clock.wall(), "failed", n.channel_name,
                     {given_up ? "desk.timeline.given_up" : "desk.timeline.failed",
                      {{"channel", n.channel_name},
                       {"target", n.target},
                       {"error", failure.error.substr(0, kReceiptMax)}}}));
  }
  return true;
}

Result<std::vector<Notification>> load_notifications(store::Session& session, const std::string& alert_id) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM notifications n JOIN channels c ON c.id = n.channel_id "
                                "WHERE n.alert_id = ? ORDER BY n.id DESC LIMIT 500",
                                kColumns),
                    {alert_id}));
  std::vector<Notification> notifications;
  for (const auto& row : rows) notifications.push_back(notification_from(row));
  return notifications;
}

Result<Notification> notification_by_link(store::Session& session, const std::string& token) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM notifications n JOIN channels c ON c.id = n.channel_id "
                                "WHERE n.link_hash = ?",
                                kColumns),
                    {sha256_hex(token)}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "alert.link_unknown");
  return notification_from(rows[0]);
}

std::chrono::milliseconds backoff(int attempts, double unit) {
  constexpr double kFirstMs = 5'000, kMostMs = 600'000, kSpread = 0.2;
  double wait = std::min(kMostMs, kFirstMs * static_cast<double>(1ULL << std::clamp(attempts - 1, 0, 20)));
  return std::chrono::milliseconds(static_cast<std::int64_t>(wait * (1 - kSpread + 2 * kSpread * unit)));
}

}  // namespace vedette::desk
