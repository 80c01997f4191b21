#include "desk/escalation/storm.h"

#include "desk/alert_store.h"

namespace vedette::desk {
namespace {

// As the index notifications_open says it: SQLite uses it only for these words.
constexpr std::string_view kOpen =
    "channel_id = ? AND target = ? AND state IN ('pending', 'leased', 'bundled')";

Result<std::string> person_of(store::Session& session, const Notification& lead) {
  TRY_ASSIGN(auto rows, session.query("SELECT person FROM notifications WHERE id = ?", {lead.id}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

bool is_machine(const ChannelRecord& channel, const std::string& person) {
  return channel.channel.kind == ChannelKind::kWebhook && person.empty();
}

std::string who_of(const Notification& lead, const std::string& person) {
  return person.empty() ? lead.channel_id + " " + lead.target : person;
}

Result<std::vector<std::int64_t>> recent_pages(store::Session& session, const std::string& who,
                                               std::int64_t now) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT at_due FROM pages WHERE who = ? AND at_due > ? ORDER BY at_due DESC",
                           {who, now - kPageWindowMs}));
  std::vector<std::int64_t> pages;
  for (const auto& row : rows) pages.push_back(row.integer(0));
  return pages;
}

Result<bool> in_flight(store::Session& session, const Notification& lead, std::int64_t now) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT 1 FROM notifications WHERE {} AND state = 'leased' AND due > ? AND "
                                "id <> ? LIMIT 1",
                                kOpen),
                    {lead.channel_id, lead.target, now, lead.id}));
  return !rows.empty();
}

}  // namespace

Result<bool> defer_if_paced(store::Session& session, const DeskContext& desk, const Notification& lead,
                            const ChannelRecord& channel) {
  constexpr std::int64_t kInFlightMs = 500;
  TRY_ASSIGN(auto person, person_of(session, lead));
  if (is_machine(channel, person)) return false;
  auto now = desk.due.now_ms();
  TRY_ASSIGN(auto pages, recent_pages(session, who_of(lead, person), now));
  TRY_ASSIGN(bool sending, in_flight(session, lead, now));
  auto opens = now;
  if (sending) opens = now + kInFlightMs;
  if (pages.size() >= kPagesMost)
    opens = std::max(opens, pages[kPagesMost - 1] + kPageWindowMs);
  else if (pages.size() >= kPagesAtOnce)
    opens = std::max(opens, pages[0] + kPageSpacingMs);
  if (opens <= now) return false;
  // The next contact is for a channel that does not answer, not for a person who has had enough.
  TRY(session.execute(
      fmt::format("UPDATE notifications SET due = ?, failover_due = CASE WHEN failover_due IS NULL "
                  "THEN NULL ELSE ? END WHERE {} AND state IN ('pending', 'leased') AND due <= ?",
                  kOpen),
      {opens, opens + kPageSpacingMs, lead.channel_id, lead.target, now}));
  if (!sending)
    desk.metrics
        .counter("vedette_desk_paced_total", "Times a person had had their messages and others waited")
        .add();
  return true;
}

Result<Bundle> gather_bundle(store::Session& session, const DeskContext& desk, const Notification& lead,
                             const ChannelRecord& channel) {
  TRY_ASSIGN(auto person, person_of(session, lead));
  Bundle bundle;
  if (is_machine(channel, person)) return bundle;
  auto now = desk.due.now_ms();
  // What is no longer wanted leaves the bundle before it is counted.
  TRY(session.execute(
      fmt::format("UPDATE notifications SET state = 'cancelled', failover_due = NULL WHERE {} AND "
                  "id <> ? AND (bundle = ? OR (state = 'pending' AND attempts = 0)) AND NOT EXISTS (SELECT 1 "
                  "FROM alerts "
                  "a WHERE a.id = alert_id AND a.state = 'new' AND a.cycle = notifications.cycle)",
                  kOpen),
      {lead.channel_id, lead.target, lead.id, lead.id}));
  TRY_ASSIGN(auto carried,
             session.query(
                 "SELECT COUNT(*) FROM notifications WHERE bundle = ? AND bundle <> '' AND state = 'bundled'",
                 {lead.id}));
  bundle.others = carried[0].integer(0);
  // What was tried before keeps its own message and key.
  if (bundle.others == 0 && lead.attempts == 0) {
    TRY_ASSIGN(auto waiting,
               session.query(fmt::format("SELECT COUNT(*) FROM notifications WHERE {} AND state = "
                                         "'pending' AND attempts = 0 AND due <= ? AND id <> ?",
                                         kOpen),
                             {lead.channel_id, lead.target, now, lead.id}));
    TRY_ASSIGN(auto pages, recent_pages(session, who_of(lead, person), now));
    bool together = waiting[0].integer(0) >= kStorm || pages.size() + 1 >= kPagesAtOnce;
    if (!together || waiting[0].integer(0) == 0) return bundle;
    TRY_ASSIGN(
        bundle.others,
        session.execute(fmt::format("UPDATE notifications SET state = 'bundled', bundle = ? WHERE {} AND "
                                    "state = 'pending' AND attempts = 0 AND due <= ? AND id <> ?",
                                    kOpen),
                        {lead.id, lead.channel_id, lead.target, now, lead.id}));
  }
  TRY_ASSIGN(auto rows,
             session.query("SELECT a.severity, a.title, a.asset_name FROM notifications n JOIN alerts a ON "
                           "a.id = n.alert_id WHERE n.bundle = ? AND n.bundle <> '' AND n.state = 'bundled' "
                           "ORDER BY n.severity DESC, n.id LIMIT ?",
                           {lead.id, static_cast<std::int64_t>(kBundleLines)}));
  for (const auto& row : rows) {
    TRY_ASSIGN(auto title, message_of(row.text(1)));
    bundle.first.push_back({static_cast<Severity>(row.integer(0)), std::move(title), row.text(2)});
  }
  return bundle;
}

Result<void> note_page(store::Session& session, const DeskContext& desk, const Notification& lead) {
  TRY_ASSIGN(auto person, person_of(session, lead));
  auto now = desk.due.now_ms();
  TRY(session.execute("DELETE FROM pages WHERE at_due <= ?", {now - kPageWindowMs}));
  TRY(session.execute("INSERT INTO pages(who, at_due) VALUES (?,?)", {who_of(lead, person), now}));
  return {};
}

Result<void> accept_bundle(store::Session& session, const Notification& lead, const std::string& receipt,
                           WallTime at) {
  TRY(session.execute(
      "UPDATE notifications SET state = 'accepted', failover_due = NULL, attempts = 1, receipt = ?, "
      "accepted_at = ? WHERE bundle = ? AND bundle <> '' AND state = 'bundled'",
      {receipt, to_unix_ms(at), lead.id}));
  return {};
}

Result<void> fail_bundle(store::Session& session, const Notification& lead, const std::string& error) {
  TRY(
      session.execute("UPDATE notifications SET state = 'failed', attempts = 1, last_error = ? WHERE bundle "
                      "= ? AND bundle <> '' AND "
                      "state = 'bundled'",
                      {error, lead.id}));
  return {};
}

Result<void> release_bundle(store::Session& session, const DeskContext& desk, const std::string& lead_id) {
  TRY(
      session.execute("UPDATE notifications SET state = 'pending', bundle = '', due = ? WHERE bundle = ? AND "
                      "bundle <> '' AND "
                      "state = 'bundled'",
                      {desk.due.now_ms(), lead_id}));
  return {};
}

Result<std::vector<std::string>> alerts_of_bundle(store::Session& session, const std::string& lead_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT n.alert_id FROM notifications n JOIN alerts a ON a.id = n.alert_id "
                           "WHERE n.bundle = ? AND n.bundle <> '' AND a.state = 'new' AND a.cycle = n.cycle",
                           {lead_id}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.text(0));
  return ids;
}

}  // namespace vedette::desk
