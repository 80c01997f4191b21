#include "desk/triage.h"

#include <boost/json.hpp>

#include "desk/due_anchor.h"
#include "desk/ingest.h"
#include "desk/ladder.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::chrono::hours kSnoozeMax{24 * 30};
constexpr std::size_t kNoteMax = 4000;

Result<void> check_note(const std::string& note) {
  if (note.size() > kNoteMax)
    return refuse(ErrorCode::kInvalid, "field.at_most_bytes",
                  {{"field", "note"}, {"most", std::to_string(kNoteMax)}});
  return {};
}

// "desk.timeline.closed" → "desk.timeline.closed_note" when there is a note to show.
Message with_note(std::string key, const std::string& note, std::string_view ending = {}) {
  Message message{std::move(key), {}};
  if (!note.empty()) {
    message.key += "_note";
    message.arguments["note"] = note;
  }
  message.key += ending;
  return message;
}

}  // namespace

// Not closed, not merged.
Result<AlertRecord> Triage::open_alert(const std::string& id) {
  TRY_ASSIGN(auto record, load_alert(session, desk.due, id));
  if (!record.alert.merged_into.empty()) {
    return refuse(ErrorCode::kConflict, "alert.merged", {{"into", record.alert.merged_into}});
  }
  if (record.alert.state == AlertState::kClosed) return refuse(ErrorCode::kConflict, "alert.closed");
  return record;
}

Result<Alert> Triage::done(AlertRecord& record, const std::string& action, Message text,
                           const std::string& note) {
  auto now = desk.clock.wall();
  record.alert.updated_at = now;
  TRY(save_alert(session, record));
  TRY(add_timeline(session, record.alert.id, now, action, by, text));
  boost::json::object detail{{"state", to_string(record.alert.state)}, {"cycle", record.alert.cycle}};
  if (record.alert.resolution != Resolution::kNone) detail["resolution"] = to_string(record.alert.resolution);
  if (!record.alert.merged_into.empty()) detail["merged_into"] = record.alert.merged_into;
  if (!note.empty()) detail["note"] = note;
  TRY(append_audit(session, now, by, "alert." + action, "alert/" + record.alert.id,
                   boost::json::serialize(detail)));
  TRY_ASSIGN(auto stored, load_alert(session, desk.due, record.alert.id));
  return std::move(stored.alert);
}

Result<Alert> Triage::acknowledge(const std::string& id, const std::string& note) {
  TRY(check_note(note));
  TRY_ASSIGN(auto record, open_alert(id));
  if (record.alert.state == AlertState::kAcknowledged) return std::move(record.alert);
  record.alert.state = AlertState::kAcknowledged;
  record.alert.acknowledged_at = desk.clock.wall();
  record.alert.acknowledged_by = by;
  TRY(stop_ladder(session, desk, record));
  return done(record, "acknowledged", with_note("desk.timeline.acknowledged", note), note);
}

Result<Alert> Triage::unacknowledge(const std::string& id) {
  TRY_ASSIGN(auto record, open_alert(id));
  if (record.alert.state != AlertState::kAcknowledged)
    return refuse(ErrorCode::kConflict, "alert.not_acknowledged");
  record.alert.state = AlertState::kNew;
  record.alert.acknowledged_at.reset();
  record.alert.acknowledged_by.clear();
  TRY(resume_ladder(session, desk, record));
  return done(record, "unacknowledged", {"desk.timeline.unacknowledged", {}});
}

Result<Alert> Triage::snooze(const std::string& id, WallTime until) {
  auto now = desk.clock.wall();
  if (until <= now || until > now + kSnoozeMax) return refuse(ErrorCode::kInvalid, "alert.snooze_until");
  TRY_ASSIGN(auto record, open_alert(id));
  TRY(stop_ladder(session, desk, record));
  record.alert.snoozed_until = until;
  record.next_due = desk.due.from_wall(until);
  TRY(keep_due(session, desk));
  return done(record, "snoozed", {"desk.timeline.snoozed", {{"until", to_rfc3339(until)}}});
}

Result<Alert> Triage::unsnooze(const std::string& id) {
  TRY_ASSIGN(auto record, open_alert(id));
  if (!record.alert.snoozed_until) return refuse(ErrorCode::kConflict, "alert.not_snoozed");
  record.alert.snoozed_until.reset();
  record.next_due.reset();
  TRY(resume_ladder(session, desk, record));
  return done(record, "unsnoozed", {"desk.timeline.unsnoozed", {}});
}

Result<Alert> Triage::close(const std::string& id, Resolution resolution, const std::string& note) {
  TRY(check_note(note));
  if (resolution == Resolution::kNone) return refuse(ErrorCode::kInvalid, "alert.resolution");
  TRY_ASSIGN(auto record, open_alert(id));
  record.alert.state = AlertState::kClosed;
  record.alert.resolution = resolution;
  record.alert.closed_at = desk.clock.wall();
  record.alert.closed_by = by;
  record.alert.close_note = note;
  record.alert.snoozed_until.reset();
  TRY(stop_ladder(session, desk, record));
  return done(record, "closed",
              with_note("desk.timeline.closed", note, fmt::format(".{}", to_string(resolution))), note);
}

Result<Alert> Triage::reopen(const std::string& id) {
  TRY_ASSIGN(auto record, load_alert(session, desk.due, id));
  if (!record.alert.merged_into.empty()) return refuse(ErrorCode::kConflict, "alert.unmerge_instead");
  if (record.alert.state != AlertState::kClosed) return refuse(ErrorCode::kConflict, "alert.not_closed");
  record.alert.state = record.alert.acknowledged_at ? AlertState::kAcknowledged : AlertState::kNew;
  record.alert.resolution = Resolution::kNone;
  record.alert.closed_at.reset();
  record.alert.closed_by.clear();
  record.alert.close_note.clear();
  TRY(resume_ladder(session, desk, record));
  return done(record, "reopened", {"desk.timeline.reopened", {}});
}

Result<Alert> Triage::merge(const std::string& id, const std::string& into) {
  TRY_ASSIGN(auto record, open_alert(id));
  TRY_ASSIGN(auto root, load_alert(session, desk.due, into));
  if (!root.alert.merged_into.empty()) {
    TRY_ASSIGN(root, load_alert(session, desk.due, root.alert.merged_into));
  }
  if (root.alert.id == id) return refuse(ErrorCode::kConflict, "alert.into_itself");
  if (root.alert.state == AlertState::kClosed) return refuse(ErrorCode::kConflict, "alert.into_closed");
  TRY_ASSIGN(auto inner,
             session.query("SELECT COALESCE(SUM(count), 0) FROM alerts WHERE merged_into = ?", {id}));
  TRY(session.execute("UPDATE alerts SET merged_into = ? WHERE merged_into = ?", {root.alert.id, id}));
  auto now = desk.clock.wall();
  root.alert.count += record.alert.count;
  record.alert.count -= inner[0].integer(0);
  bool graver = record.alert.severity > root.alert.severity;
  root.alert.severity = std::max(root.alert.severity, record.alert.severity);
  root.alert.last_at = std::max(root.alert.last_at, record.alert.last_at);
  root.alert.updated_at = now;
  // Now grave enough to be sent: whoever was called for the other one must not wait for silence.
  if (graver && root.alert.state == AlertState::kNew && root.alert.step == 0 && !root.alert.snoozed_until) {
    TRY(start_ladder(session, desk, root));
  }
  TRY(save_alert(session, root));
  TRY(add_timeline(
      session, root.alert.id, now, "merged", by,
      {"desk.timeline.took_in", {{"alert", id}, {"title", render(record.alert.title, desk.language())}}}));
  record.alert.merged_into = root.alert.id;
  record.alert.state = AlertState::kClosed;
  record.alert.resolution = Resolution::kDuplicate;
  record.alert.closed_at = now;
  record.alert.closed_by = by;
  record.alert.snoozed_until.reset();
  TRY(stop_ladder(session, desk, record));
  return done(record, "merged", {"desk.timeline.merged", {{"alert", root.alert.id}}});
}

// The root is what its own findings and those still merged into it make it; it does not become graver by
// this.
Result<void> Triage::take_back(AlertRecord& root, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT own_severity, own_uid FROM alerts WHERE merged_into = ? AND id <> ? "
                           "ORDER BY own_severity DESC LIMIT 1",
                           {root.alert.id, id}));
  auto severity = root.own_severity;
  auto uid = root.own_uid;
  if (!rows.empty() && static_cast<Severity>(rows[0].integer(0)) > severity) {
    severity = static_cast<Severity>(rows[0].integer(0));
    uid = rows[0].text(1);
  }
  severity = std::min(severity, root.alert.severity);
  TRY_ASSIGN(auto shown,
             session.query("SELECT 1 FROM findings WHERE uid = ? AND alert_id = ?", {root.gravest_uid, id}));
  if (!shown.empty()) {
    TRY_ASSIGN(auto finding, load_finding(session, uid));
    if (finding) show_finding(root, *finding);
  }
  root.alert.severity = severity;
  return {};
}

Result<Alert> Triage::unmerge(const std::string& id) {
  TRY_ASSIGN(auto record, load_alert(session, desk.due, id));
  if (record.alert.merged_into.empty()) return refuse(ErrorCode::kConflict, "alert.not_merged");
  TRY_ASSIGN(auto root, load_alert(session, desk.due, record.alert.merged_into));
  root.alert.count -= record.alert.count;
  root.alert.updated_at = desk.clock.wall();
  TRY(take_back(root, id));
  TRY(save_alert(session, root));
  TRY(add_timeline(session, root.alert.id, desk.clock.wall(), "unmerged", by,
                   {"desk.timeline.gave_back", {{"alert", id}}}));
  record.alert.merged_into.clear();
  record.alert.state = record.alert.acknowledged_at ? AlertState::kAcknowledged : AlertState::kNew;
  record.alert.resolution = Resolution::kNone;
  record.alert.closed_at.reset();
  record.alert.closed_by.clear();
  if (record.own_uid != record.gravest_uid && record.own_severity > record.alert.severity) {
    // It became graver while it was merged.
    TRY_ASSIGN(auto finding, load_finding(session, record.own_uid));
    if (finding) show_finding(record, *finding);
  }
  TRY(resume_ladder(session, desk, record));
  return done(record, "unmerged", {"desk.timeline.unmerged", {}});
}

}  // namespace vedette::desk
