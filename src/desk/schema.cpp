#include "desk/desk.h"

namespace vedette::desk {
namespace {

// Times are milliseconds since 1970 (UTC). Columns named *_due are in the desk's own time (due_clock.h).
constexpr std::string_view kFirst = R"sql(
CREATE TABLE alerts(
  id TEXT PRIMARY KEY, dedup_key TEXT NOT NULL UNIQUE, watch TEXT NOT NULL, kind TEXT NOT NULL,
  severity INTEGER NOT NULL, state TEXT NOT NULL, resolution TEXT NOT NULL,
  asset_type TEXT NOT NULL, asset_id TEXT NOT NULL, asset_name TEXT NOT NULL,
  title TEXT NOT NULL, reason TEXT NOT NULL, next_step TEXT NOT NULL, gravest_uid TEXT NOT NULL, search TEXT NOT NULL,
  count INTEGER NOT NULL, cycle INTEGER NOT NULL, condition_resolved INTEGER NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, raised_at INTEGER NOT NULL,
  acknowledged_at INTEGER, acknowledged_by TEXT NOT NULL, snoozed_until INTEGER,
  closed_at INTEGER, closed_by TEXT NOT NULL, close_note TEXT NOT NULL,
  merged_into TEXT REFERENCES alerts(id), step INTEGER NOT NULL, cycle_due INTEGER NOT NULL, next_due INTEGER);
CREATE INDEX alerts_newest ON alerts(raised_at DESC, id DESC);
CREATE INDEX alerts_by_state ON alerts(state, raised_at DESC, id DESC);
CREATE INDEX alerts_by_severity ON alerts(severity, raised_at DESC, id DESC);
CREATE INDEX alerts_by_asset ON alerts(asset_id, raised_at DESC, id DESC);
CREATE INDEX alerts_by_kind ON alerts(kind, raised_at DESC, id DESC);
CREATE INDEX alerts_merged ON alerts(merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX alerts_due ON alerts(next_due) WHERE next_due IS NOT NULL;
CREATE INDEX alerts_facets ON alerts(state, severity, watch, kind, asset_id, asset_name);

CREATE TABLE findings(
  uid TEXT PRIMARY KEY, alert_id TEXT REFERENCES alerts(id), severity INTEGER NOT NULL, observed_at INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX findings_of_alert ON findings(alert_id, observed_at DESC, uid DESC);

CREATE TABLE timeline(
  sequence INTEGER PRIMARY KEY, alert_id TEXT NOT NULL REFERENCES alerts(id), at INTEGER NOT NULL, kind TEXT NOT NULL,
  actor TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX timeline_of_alert ON timeline(alert_id, sequence);

CREATE TABLE channels(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, enabled INTEGER NOT NULL, removed INTEGER NOT NULL,
  settings TEXT NOT NULL, secrets BLOB NOT NULL, state TEXT NOT NULL, failures INTEGER NOT NULL,
  last_error TEXT NOT NULL, last_ok_at INTEGER);

CREATE TABLE notifications(
  id TEXT PRIMARY KEY, alert_id TEXT NOT NULL REFERENCES alerts(id), cycle INTEGER NOT NULL, step INTEGER NOT NULL,
  target TEXT NOT NULL, channel_id TEXT NOT NULL REFERENCES channels(id), severity INTEGER NOT NULL,
  state TEXT NOT NULL, due INTEGER NOT NULL, lease_owner TEXT NOT NULL, attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL, receipt TEXT NOT NULL, link_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL, accepted_at INTEGER,
  UNIQUE(alert_id, cycle, step, target, channel_id));
CREATE INDEX notifications_due ON notifications(severity DESC, due) WHERE state IN ('pending', 'leased');
CREATE INDEX notifications_of_channel ON notifications(channel_id, state);

CREATE TABLE mailbox(id TEXT PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX mailbox_newest ON mailbox(at DESC, id DESC);

CREATE TABLE desk_state(name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE audit_log(
  sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,
  detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL);
)sql";

constexpr std::string_view kByWatch =
    "CREATE INDEX alerts_by_watch ON alerts(watch, raised_at DESC, id DESC);";

// own_*: what the alert would be without those merged into it. For alerts merged before this step nobody
// knows.
constexpr std::string_view kOwn = R"sql(
ALTER TABLE alerts ADD COLUMN own_severity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN own_uid TEXT NOT NULL DEFAULT '';
UPDATE alerts SET own_severity = severity, own_uid = gravest_uid;
CREATE INDEX alerts_by_asset_kind ON alerts(asset_id, kind, raised_at DESC, id DESC);
CREATE INDEX notifications_of_target ON notifications(channel_id, target, id);
)sql";

// Counting must not touch the rows themselves (500,000 of them), snoozed ones left out or not.
constexpr std::string_view kGravest = R"sql(
CREATE INDEX alerts_gravest ON alerts(severity DESC, raised_at DESC, id DESC);
CREATE INDEX alerts_gravest_by_state ON alerts(state, severity DESC, raised_at DESC, id DESC);
DROP INDEX alerts_facets;
CREATE INDEX alerts_facets ON alerts(state, severity, watch, kind, asset_id, snoozed_until);
)sql";

constexpr std::string_view kGravestOf = R"sql(
CREATE INDEX alerts_gravest_by_watch ON alerts(watch, severity DESC, raised_at DESC, id DESC);
CREATE INDEX alerts_gravest_by_kind ON alerts(kind, severity DESC, raised_at DESC, id DESC);
)sql";

constexpr store::Migration kMigrations[] = {
    {"desk", 1, "alerts, outbox, channels, audit", kFirst},
    {"desk", 2, "lists of one watch", kByWatch},
    {"desk", 3, "what an alert is without those merged into it", kOwn},
    {"desk", 4, "lists by severity; counts from one index", kGravest},
    {"desk", 5, "lists by severity of one watch or kind", kGravestOf}};

}  // namespace

std::span<const store::Migration> desk_migrations() { return kMigrations; }

}  // namespace vedette::desk
