#include "desk/advisories/advisory_schema.h"
#include "desk/desk.h"
#include "desk/intake/intake_schema.h"

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

// What the evidence of kept alerts is, so that no watch removes it (retention.h); and which alerts have been
// closed for long.
constexpr std::string_view kEvidence = R"sql(
CREATE TABLE alert_evidence(
  sequence INTEGER PRIMARY KEY, alert_id TEXT NOT NULL REFERENCES alerts(id), sha256 TEXT NOT NULL,
  UNIQUE(alert_id, sha256));
CREATE INDEX alert_evidence_bytes ON alert_evidence(sha256);
INSERT OR IGNORE INTO alert_evidence(alert_id, sha256)
  SELECT f.alert_id, json_extract(e.value, '$.sha256') FROM findings f, json_each(f.body, '$.evidence') e
  WHERE f.alert_id IS NOT NULL AND json_extract(e.value, '$.sha256') IS NOT NULL;
CREATE INDEX alerts_closed ON alerts(closed_at) WHERE state = 'closed' AND merged_into IS NULL;
)sql";

// Rosters are JSON (desk/roster/roster_json.h): they are read whole, and old ones stand in the audit log.
constexpr std::string_view kRoster = R"sql(
CREATE TABLE people(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, username TEXT NOT NULL, unit TEXT NOT NULL, contacts TEXT NOT NULL,
  removed INTEGER NOT NULL);
CREATE UNIQUE INDEX people_username ON people(username) WHERE username <> '' AND removed = 0;
CREATE TABLE rosters(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, revision BIGINT NOT NULL, tiers TEXT NOT NULL, removed INTEGER NOT NULL);
CREATE TABLE roster_overrides(
  id TEXT PRIMARY KEY, roster_id TEXT NOT NULL REFERENCES rosters(id), tier TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES people(id), from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, made_by TEXT NOT NULL,
  note TEXT NOT NULL, removed INTEGER NOT NULL);
CREATE INDEX roster_overrides_ending ON roster_overrides(roster_id, to_at);
CREATE TABLE roster_swaps(
  id TEXT PRIMARY KEY, roster_id TEXT NOT NULL REFERENCES rosters(id), tier TEXT NOT NULL,
  giver TEXT NOT NULL REFERENCES people(id), taker TEXT NOT NULL REFERENCES people(id),
  from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, back_from_at BIGINT, back_to_at BIGINT, state TEXT NOT NULL,
  proposed_by TEXT NOT NULL, answered_by TEXT NOT NULL, answered_at BIGINT, last_at BIGINT NOT NULL);
CREATE INDEX roster_swaps_ending ON roster_swaps(roster_id, last_at);
CREATE TABLE roster_leaves(
  id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people(id), from_at BIGINT NOT NULL, to_at BIGINT NOT NULL,
  reason TEXT NOT NULL, made_by TEXT NOT NULL, removed INTEGER NOT NULL);
CREATE INDEX roster_leaves_ending ON roster_leaves(to_at);
CREATE TABLE roster_feeds(
  id TEXT PRIMARY KEY, roster_id TEXT NOT NULL REFERENCES rosters(id), person TEXT NOT NULL, made_by TEXT NOT NULL,
  created_at BIGINT NOT NULL, token_hash TEXT NOT NULL UNIQUE);
CREATE TABLE roster_coverage(
  roster_id TEXT NOT NULL, tier TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY(roster_id, tier));
)sql";

// A version of a policy is never edited: alerts refer to the one they began with.
constexpr std::string_view kEscalation = R"sql(
CREATE TABLE escalation_policies(
  id TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL, made_by TEXT NOT NULL, made_at BIGINT NOT NULL,
  PRIMARY KEY(id, version));
CREATE TABLE escalation_current(id TEXT PRIMARY KEY, version BIGINT NOT NULL);
ALTER TABLE alerts ADD COLUMN policy_id TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN contact INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN failover_due BIGINT;
ALTER TABLE notifications ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
CREATE INDEX notifications_bundle ON notifications(bundle) WHERE bundle <> '';
CREATE INDEX notifications_open ON notifications(channel_id, target) WHERE state IN ('pending', 'leased', 'bundled');
CREATE TABLE pages(who TEXT NOT NULL, at_due BIGINT NOT NULL);
CREATE INDEX pages_of ON pages(who, at_due);
CREATE INDEX pages_old ON pages(at_due);
CREATE INDEX notifications_failover ON notifications(failover_due) WHERE failover_due IS NOT NULL;
)sql";

// Entries are only ever added. Clocks are not stored: they follow from the facts and from the reports that
// went out; what is kept of them is what was reported, so that it is said once.
constexpr std::string_view kIncidents = R"sql(
CREATE TABLE incidents(
  id TEXT PRIMARY KEY, year BIGINT NOT NULL, number BIGINT NOT NULL, revision BIGINT NOT NULL, title TEXT NOT NULL,
  summary TEXT NOT NULL, severity INTEGER NOT NULL, tlp TEXT NOT NULL, state TEXT NOT NULL, regimes TEXT NOT NULL,
  detected_at BIGINT, aware_at BIGINT, request_received_at BIGINT, finished_at BIGINT,
  beyond_capacity INTEGER NOT NULL, urgent INTEGER NOT NULL, commander TEXT NOT NULL, deputy TEXT NOT NULL,
  scribe TEXT NOT NULL, liaison TEXT NOT NULL, merged_into TEXT REFERENCES incidents(id),
  split_from TEXT REFERENCES incidents(id), created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
  updated_at BIGINT NOT NULL, closed_at BIGINT, closed_by TEXT NOT NULL, close_note TEXT NOT NULL, UNIQUE(year, number));
CREATE INDEX incidents_newest ON incidents(created_at DESC, id DESC);
CREATE INDEX incidents_by_state ON incidents(state, created_at DESC, id DESC);
CREATE INDEX incidents_open ON incidents(created_at DESC, id DESC) WHERE state <> 'closed' AND merged_into IS NULL;
CREATE INDEX incidents_merged ON incidents(merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE incident_alerts(
  incident_id TEXT NOT NULL REFERENCES incidents(id), alert_id TEXT NOT NULL REFERENCES alerts(id),
  linked_at BIGINT NOT NULL, linked_by TEXT NOT NULL, PRIMARY KEY(incident_id, alert_id));
CREATE INDEX incident_alerts_of ON incident_alerts(alert_id, incident_id);
CREATE TABLE incident_entries(
  id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incidents(id), at BIGINT NOT NULL, happened_at BIGINT,
  kind TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX incident_entries_of ON incident_entries(incident_id, at, id);
CREATE TABLE incident_reports(
  incident_id TEXT NOT NULL REFERENCES incidents(id), regime TEXT NOT NULL, step TEXT NOT NULL, sent_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL, made_by TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY(incident_id, regime, step));
CREATE TABLE incident_clock_notices(
  incident_id TEXT NOT NULL REFERENCES incidents(id), regime TEXT NOT NULL, step TEXT NOT NULL, stage INTEGER NOT NULL,
  due_at BIGINT NOT NULL, PRIMARY KEY(incident_id, regime, step));
)sql";
constexpr std::string_view kPhone = "ALTER TABLE people ADD COLUMN phone TEXT NOT NULL DEFAULT '';";

// How many alerts there are of each sort, kept by the transaction that changes them: counting half a million
// rows takes half a second. Triggers, so that no statement can forget it. What is snoozed now is a question
// of time and is counted when asked.
constexpr std::string_view kCounts = R"sql(
CREATE TABLE alert_counts(
  state TEXT NOT NULL, severity INTEGER NOT NULL, watch TEXT NOT NULL, kind TEXT NOT NULL, alerts INTEGER NOT NULL,
  PRIMARY KEY(state, severity, watch, kind)) WITHOUT ROWID;
CREATE TABLE alert_asset_counts(
  asset_id TEXT NOT NULL, state TEXT NOT NULL, severity INTEGER NOT NULL, watch TEXT NOT NULL, alerts INTEGER NOT NULL,
  PRIMARY KEY(asset_id, state, severity, watch)) WITHOUT ROWID;
INSERT INTO alert_counts SELECT state, severity, watch, kind, COUNT(*) FROM alerts GROUP BY 1, 2, 3, 4;
INSERT INTO alert_asset_counts SELECT asset_id, state, severity, watch, COUNT(*) FROM alerts GROUP BY 1, 2, 3, 4;
CREATE INDEX alerts_snoozed ON alerts(snoozed_until, state, severity, watch, kind, asset_id)
  WHERE snoozed_until IS NOT NULL;

CREATE TRIGGER alerts_counted AFTER INSERT ON alerts BEGIN
  INSERT INTO alert_counts VALUES (NEW.state, NEW.severity, NEW.watch, NEW.kind, 1)
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
  INSERT INTO alert_asset_counts VALUES (NEW.asset_id, NEW.state, NEW.severity, NEW.watch, 1)
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
END;
CREATE TRIGGER alerts_uncounted AFTER DELETE ON alerts BEGIN
  UPDATE alert_counts SET alerts = alerts - 1
    WHERE state = OLD.state AND severity = OLD.severity AND watch = OLD.watch AND kind = OLD.kind;
  UPDATE alert_asset_counts SET alerts = alerts - 1
    WHERE asset_id = OLD.asset_id AND state = OLD.state AND severity = OLD.severity AND watch = OLD.watch;
  DELETE FROM alert_asset_counts
    WHERE asset_id = OLD.asset_id AND state = OLD.state AND severity = OLD.severity AND watch = OLD.watch AND alerts = 0;
END;
CREATE TRIGGER alerts_recounted AFTER UPDATE OF state, severity, watch, kind, asset_id ON alerts
WHEN (OLD.state, OLD.severity, OLD.watch, OLD.kind, OLD.asset_id) IS NOT
  (NEW.state, NEW.severity, NEW.watch, NEW.kind, NEW.asset_id) BEGIN
  UPDATE alert_counts SET alerts = alerts - 1
    WHERE state = OLD.state AND severity = OLD.severity AND watch = OLD.watch AND kind = OLD.kind;
  UPDATE alert_asset_counts SET alerts = alerts - 1
    WHERE asset_id = OLD.asset_id AND state = OLD.state AND severity = OLD.severity AND watch = OLD.watch;
  DELETE FROM alert_asset_counts
    WHERE asset_id = OLD.asset_id AND state = OLD.state AND severity = OLD.severity AND watch = OLD.watch AND alerts = 0;
  INSERT INTO alert_counts VALUES (NEW.state, NEW.severity, NEW.watch, NEW.kind, 1)
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
  INSERT INTO alert_asset_counts VALUES (NEW.asset_id, NEW.state, NEW.severity, NEW.watch, 1)
    ON CONFLICT DO UPDATE SET alerts = alerts + 1;
END;
)sql";

constexpr std::string_view kIncidentTasks = R"sql(
CREATE TABLE incident_tasks(
  id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incidents(id), revision BIGINT NOT NULL,
  playbook TEXT NOT NULL, step TEXT NOT NULL, position BIGINT NOT NULL, phase TEXT NOT NULL, role TEXT NOT NULL,
  title_vi TEXT NOT NULL, title_en TEXT NOT NULL, what_vi TEXT NOT NULL, what_en TEXT NOT NULL,
  evidence_vi TEXT NOT NULL, evidence_en TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL, assignee TEXT NOT NULL,
  due_at BIGINT, created_at BIGINT NOT NULL, created_by TEXT NOT NULL, updated_at BIGINT NOT NULL, updated_by TEXT NOT NULL);
CREATE INDEX incident_tasks_of ON incident_tasks(incident_id, position);
CREATE TABLE incident_observables(
  id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incidents(id), type TEXT NOT NULL, value TEXT NOT NULL,
  tlp TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL, added_at BIGINT NOT NULL, added_by TEXT NOT NULL,
  UNIQUE(incident_id, type, value));
CREATE INDEX incident_observables_same ON incident_observables(type, value);
CREATE TABLE imported_playbooks(
  id TEXT PRIMARY KEY, cacao TEXT NOT NULL, imported_at BIGINT NOT NULL, imported_by TEXT NOT NULL);
)sql";

constexpr std::string_view kIncidentEvidence = R"sql(
CREATE TABLE incident_evidence(
  id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incidents(id), kind TEXT NOT NULL, name TEXT NOT NULL,
  origin TEXT NOT NULL, note TEXT NOT NULL, tlp TEXT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT NOT NULL,
  taken_at BIGINT NOT NULL, taken_by TEXT NOT NULL);
CREATE INDEX incident_evidence_of ON incident_evidence(incident_id, taken_at, id);
CREATE TABLE evidence_custody(
  id TEXT PRIMARY KEY, evidence_id TEXT NOT NULL REFERENCES incident_evidence(id), at BIGINT NOT NULL, action TEXT NOT NULL,
  actor TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX evidence_custody_of ON evidence_custody(evidence_id, at, id);
CREATE TABLE incident_lessons(
  incident_id TEXT PRIMARY KEY REFERENCES incidents(id), text TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
)sql";

constexpr std::string_view kHeartbeats = R"sql(
CREATE TABLE heartbeats(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, every_s BIGINT NOT NULL, grace_s BIGINT NOT NULL, severity INTEGER NOT NULL,
  paused INTEGER NOT NULL, missing INTEGER NOT NULL, last_at BIGINT, made_by TEXT NOT NULL, created_at BIGINT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE);
)sql";

// `paper` is what was frozen for review; approvals and sending name it by its SHA-256.
constexpr std::string_view kReports = R"sql(
CREATE TABLE reports(
  id TEXT PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incidents(id), form TEXT NOT NULL, regime TEXT NOT NULL,
  step TEXT NOT NULL, state TEXT NOT NULL, revision BIGINT NOT NULL, typed TEXT NOT NULL, paper TEXT NOT NULL,
  paper_sha256 TEXT NOT NULL, authors TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
  updated_at BIGINT NOT NULL, sent_at BIGINT, sent_by TEXT NOT NULL, sent_note TEXT NOT NULL, receipted_at BIGINT,
  receipted_by TEXT NOT NULL, receipt TEXT NOT NULL);
CREATE INDEX reports_of ON reports(incident_id, created_at, id);
CREATE INDEX reports_at_work ON reports(created_at, id) WHERE state NOT IN ('receipted', 'dropped');
CREATE TABLE report_approvals(
  report_id TEXT NOT NULL REFERENCES reports(id), approver TEXT NOT NULL, at BIGINT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY(report_id, approver));
)sql";

// The list is never changed: signatures name it by its SHA-256.
constexpr std::string_view kHandovers = R"sql(
CREATE TABLE handovers(
  id TEXT PRIMARY KEY, roster_id TEXT NOT NULL, roster_name TEXT NOT NULL, state TEXT NOT NULL, made_at BIGINT NOT NULL,
  made_by TEXT NOT NULL, list TEXT NOT NULL, sha256 TEXT NOT NULL, giver TEXT NOT NULL, given_at BIGINT,
  taker TEXT NOT NULL, taken_at BIGINT, remarks TEXT NOT NULL);
CREATE INDEX handovers_newest ON handovers(made_at DESC, id DESC);
CREATE INDEX handovers_of ON handovers(roster_id, state, taken_at);
CREATE TABLE handover_unsigned(roster_id TEXT PRIMARY KEY, change_at BIGINT NOT NULL);
)sql";

// `body` is the definition; begin and end of it as moments stand beside it.
constexpr std::string_view kPeriods = R"sql(
CREATE TABLE watch_periods(
  id TEXT PRIMARY KEY, revision BIGINT NOT NULL, body TEXT NOT NULL, begins BIGINT NOT NULL, ends BIGINT NOT NULL,
  ended_by TEXT NOT NULL, removed INTEGER NOT NULL);
CREATE INDEX watch_periods_by_end ON watch_periods(ends) WHERE removed = 0;
CREATE TABLE period_coverage(
  period_id TEXT NOT NULL, roster_id TEXT NOT NULL, tier TEXT NOT NULL, period_name TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY(period_id, roster_id, tier));
ALTER TABLE alerts ADD COLUMN timer_percent INTEGER NOT NULL DEFAULT 100;
)sql";

constexpr std::string_view kDirectives = R"sql(
CREATE TABLE directives(
  id TEXT PRIMARY KEY, revision BIGINT NOT NULL, reference TEXT NOT NULL, authority TEXT NOT NULL,
  legal_basis TEXT NOT NULL, title TEXT NOT NULL, scope TEXT NOT NULL, body TEXT NOT NULL, received_at BIGINT NOT NULL,
  due_at BIGINT, state TEXT NOT NULL, assignee TEXT NOT NULL, answer TEXT NOT NULL, outcome TEXT NOT NULL,
  made_at BIGINT NOT NULL, made_by TEXT NOT NULL, closed_at BIGINT);
CREATE INDEX directives_newest ON directives(received_at DESC, id DESC);
CREATE INDEX directives_open ON directives(due_at, id) WHERE state NOT IN ('answered', 'rejected');
CREATE TABLE directive_approvals(
  directive_id TEXT NOT NULL REFERENCES directives(id), approver TEXT NOT NULL, at BIGINT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY(directive_id, approver));
CREATE TABLE directive_files(
  id TEXT PRIMARY KEY, directive_id TEXT NOT NULL REFERENCES directives(id), kind TEXT NOT NULL, name TEXT NOT NULL,
  bytes BIGINT NOT NULL, sha256 TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL);
CREATE INDEX directive_files_of ON directive_files(directive_id, at, id);
CREATE TABLE directive_steps(
  directive_id TEXT NOT NULL REFERENCES directives(id), place BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL,
  action TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY(directive_id, place));
CREATE TABLE directive_notices(directive_id TEXT PRIMARY KEY, stage BIGINT NOT NULL, due_at BIGINT NOT NULL);
)sql";

constexpr std::string_view kBreaker = "ALTER TABLE channels ADD COLUMN probe_due BIGINT NOT NULL DEFAULT 0;";

constexpr std::string_view kPeriodReadiness = R"sql(
CREATE TABLE period_ticks(
  period_id TEXT NOT NULL, item TEXT NOT NULL, ticked_by TEXT NOT NULL, note TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY(period_id, item));
CREATE TABLE period_unready(period_id TEXT PRIMARY KEY, period_name TEXT NOT NULL);
CREATE TABLE freeze_exceptions(
  id TEXT PRIMARY KEY, period_id TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX freeze_exceptions_of ON freeze_exceptions(period_id, at DESC, id DESC);
CREATE TABLE report_schedules(period_id TEXT PRIMARY KEY, minute INTEGER, policy_id TEXT NOT NULL);
CREATE TABLE situation_reports(
  id TEXT PRIMARY KEY, period_id TEXT NOT NULL, period_name TEXT NOT NULL, day TEXT NOT NULL, made_at BIGINT NOT NULL,
  made_by TEXT NOT NULL, list TEXT NOT NULL, sha256 TEXT NOT NULL, UNIQUE(period_id, day));
)sql";

// What alerts are raised under. A definition that is damaged has no percentage and does not count.
constexpr std::string_view kPeriodColumns = R"sql(
ALTER TABLE watch_periods ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE watch_periods ADD COLUMN timer_percent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE watch_periods ADD COLUMN policy_id TEXT NOT NULL DEFAULT '';
UPDATE watch_periods SET name = COALESCE(json_extract(body, '$.name'), ''),
  timer_percent = COALESCE(json_extract(body, '$.timer_percent'), 0),
  policy_id = COALESCE(json_extract(body, '$.policy_id'), '') WHERE json_valid(body);
)sql";

// `path` holds the ids from the root down to the unit: "/root/<id>/". What stands in no row of asset_units is
// the root's. An alert keeps the unit it was raised for.
constexpr std::string_view kUnits = R"sql(
CREATE TABLE units(
  id TEXT PRIMARY KEY, revision BIGINT NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL, code_folded TEXT NOT NULL,
  parent TEXT REFERENCES units(id), path TEXT NOT NULL UNIQUE, tlp TEXT NOT NULL, contact TEXT NOT NULL,
  policy_id TEXT NOT NULL);
CREATE UNIQUE INDEX units_by_code ON units(code_folded) WHERE code_folded <> '';
CREATE INDEX units_by_parent ON units(parent);
INSERT INTO units VALUES ('root', 1, '', '', '', NULL, '/root/', '', '', '');
CREATE TABLE asset_units(
  asset_type TEXT NOT NULL, asset_id TEXT NOT NULL, asset_name TEXT NOT NULL, unit_id TEXT NOT NULL REFERENCES units(id),
  PRIMARY KEY(asset_type, asset_id));
CREATE INDEX asset_units_of ON asset_units(unit_id);
CREATE INDEX asset_units_by_name ON asset_units(asset_type, asset_name);
ALTER TABLE alerts ADD COLUMN unit TEXT NOT NULL DEFAULT 'root';
CREATE INDEX alerts_by_unit ON alerts(unit, raised_at DESC, id DESC);
)sql";

constexpr store::Migration kMigrations[] = {
    {"desk", 1, "alerts, outbox, channels, audit", kFirst},
    {"desk", 2, "lists of one watch", kByWatch},
    {"desk", 3, "what an alert is without those merged into it", kOwn},
    {"desk", 4, "lists by severity; counts from one index", kGravest},
    {"desk", 5, "lists by severity of one watch or kind", kGravestOf},
    {"desk", 6, "evidence of alerts; closed ones by age", kEvidence},
    {"desk", 7, "counts kept with the alerts", kCounts},
    {"desk", 8, "when a failing channel is tried again", kBreaker},
    {"roster", 1, "people, rosters and what stands over them", kRoster},
    {"roster", 2, "a person's telephone number", kPhone},
    {"escalation", 1, "policies; a person's next contact", kEscalation},
    {"heartbeat", 1, "signs of life of other systems", kHeartbeats},
    {"incidents", 1, "cases, their alerts, timeline and reports", kIncidents},
    {"reports", 1, "papers about incidents, and who approved them", kReports},
    {"handover", 1, "what a shift leaves to the next, signed", kHandovers},
    {"incidents", 2, "tasks and observables of cases; imported playbooks", kIncidentTasks},
    {"incidents", 3, "evidence of cases and its custody; lessons learnt", kIncidentEvidence},
    {"periods", 1, "watch periods; the timers an alert began with", kPeriods},
    {"advisories", 1, "what authorities warned of, its indicators, and what was met of them", kAdvisories},
    {"directives", 1, "what authorities ask, from receipt to answer", kDirectives},
    {"periods", 2, "readiness; exceptions from change freezes; situation reports", kPeriodReadiness},
    {"periods", 3, "what alerts are raised under in a watch period", kPeriodColumns},
    {"advisories", 2, "who confirmed an advisory", kConfirmation},
    {"intake", 1, "what authorities write to mailboxes", kIntake},
    {"units", 1, "units of the organisation, their assets, the unit of an alert", kUnits}};

}  // namespace

std::span<const store::Migration> desk_migrations() { return kMigrations; }

}  // namespace vedette::desk
