#include "desk/ingest.h"

#include "base/id.h"
#include "desk/channel_store.h"
#include "desk/escalation/unresolvable.h"
#include "desk/heartbeats/heartbeat.h"
#include "desk/ladder.h"
#include "desk/units/unit_store.h"

namespace vedette::desk {
namespace {

// Kinds that are about something being away: when it is back, the alert says so in its reason.
bool about_availability(std::string_view kind) {
  return kind == "unavailable" || kind == kChannelDead || kind == kRecipientRefused ||
         kind == kHeartbeatMissing || kind == kUnresolvable;
}

// Remembers the gravest of the alert's own findings.
void note_own(AlertRecord& record, const Finding& finding) {
  bool new_cycle = record.alert.state == AlertState::kClosed && record.alert.merged_into.empty();
  if (!record.own_uid.empty() && !new_cycle && finding.severity <= record.own_severity) return;
  record.own_severity = finding.severity;
  record.own_uid = finding.uid;
}

Result<void> tell(store::Session& session, const DeskContext& desk, const AlertRecord& record,
                  const std::string& kind, Message text) {
  return add_timeline(session, record.alert.id, desk.clock.wall(), kind, "desk", text);
}

// A key for each severity: the word belongs to the sentence, in every language.
Message severity_message(std::string_view key, Severity severity, int cycle) {
  return {fmt::format("{}.{}", key, to_string(severity)), {{"cycle", std::to_string(cycle)}}};
}

void begin_cycle(const DeskContext& desk, AlertRecord& record) {
  Alert& alert = record.alert;
  alert.state = AlertState::kNew;
  alert.resolution = Resolution::kNone;
  alert.condition_resolved = false;
  alert.acknowledged_at.reset();
  alert.acknowledged_by.clear();
  alert.snoozed_until.reset();
  alert.closed_at.reset();
  alert.closed_by.clear();
  alert.close_note.clear();
  record.raised_at = desk.clock.wall();
}

Result<AlertRecord> raise_first(store::Session& session, const DeskContext& desk, const Finding& finding) {
  AlertRecord record;
  record.alert.id = new_id(desk.clock);
  record.alert.dedup_key = finding.dedup_key;
  record.alert.first_at = record.alert.last_at = finding.observed_at;
  record.alert.updated_at = desk.clock.wall();
  begin_cycle(desk, record);
  show_finding(record, finding);
  note_own(record, finding);
  TRY_ASSIGN(record.alert.unit, unit_of_asset(session, finding.asset));
  record.alert.count = 1;
  TRY_ASSIGN(auto chosen, choose_policy(session, desk, record));
  TRY(write_alert(session, record));  // the notifications refer to it
  TRY(tell(session, desk, record, "finding", severity_message("desk.timeline.raised", finding.severity, 1)));
  TRY_ASSIGN(bool climbed, climb_first(session, desk, chosen, record));
  if (climbed) TRY(save_alert(session, record));
  desk.metrics.counter("vedette_desk_alerts_total", "Alerts raised for the first time").add();
  return record;
}

Result<void> raise_again(store::Session& session, const DeskContext& desk, AlertRecord& record,
                         const Finding& finding) {
  begin_cycle(desk, record);
  ++record.alert.cycle;
  show_finding(record, finding);
  TRY_ASSIGN(record.alert.unit, unit_of_asset(session, finding.asset));
  TRY(tell(session, desk, record, "finding",
           severity_message("desk.timeline.raised_again", finding.severity, record.alert.cycle)));
  return start_ladder(session, desk, record);
}

// It has become worse: whoever acknowledged or snoozed the lesser thing has not answered this one.
Result<void> worsen(store::Session& session, const DeskContext& desk, AlertRecord& record,
                    const Finding& finding) {
  if (record.alert.state == AlertState::kAcknowledged) return raise_again(session, desk, record, finding);
  show_finding(record, finding);
  record.alert.snoozed_until.reset();
  TRY(tell(session, desk, record, "finding",
           severity_message("desk.timeline.graver", finding.severity, record.alert.cycle)));
  if (record.alert.step == 0) return start_ladder(session, desk, record);
  record.next_due = desk.due.now_ms();  // the next step at once
  return {};
}

Result<void> fire_again(store::Session& session, const DeskContext& desk, AlertRecord& record,
                        const Finding& finding) {
  Alert& alert = record.alert;
  if (alert.state == AlertState::kClosed) return raise_again(session, desk, record, finding);
  if (alert.condition_resolved) {
    alert.condition_resolved = false;
    if (about_availability(alert.kind)) alert.reason = finding.reason;
    TRY(tell(session, desk, record, "finding", {"desk.timeline.returned", {}}));
  }
  if (finding.severity > alert.severity) return worsen(session, desk, record, finding);
  return {};
}

Result<void> resolve(store::Session& session, const DeskContext& desk, AlertRecord& record,
                     const Finding& finding) {
  if (record.alert.state == AlertState::kClosed || record.alert.condition_resolved) return {};
  record.alert.condition_resolved = true;
  if (about_availability(record.alert.kind) && !finding.reason.key.empty())
    record.alert.reason = finding.reason;
  return tell(session, desk, record, "resolved",
              finding.reason.key.empty() ? Message{"desk.timeline.resolved", {}} : finding.reason);
}

// What this finding does to an alert that exists: its own, or the one its own was merged into.
Result<void> apply(store::Session& session, const DeskContext& desk, AlertRecord& record,
                   const Finding& finding, bool is_root, bool is_own) {
  ++record.alert.count;
  record.alert.last_at = std::max(record.alert.last_at, finding.observed_at);
  record.alert.updated_at = desk.clock.wall();
  if (is_own && finding.state != FindingState::kResolved) note_own(record, finding);
  if (is_root) {
    if (finding.state == FindingState::kResolved) {
      TRY(resolve(session, desk, record, finding));
    } else {
      TRY(fire_again(session, desk, record, finding));
    }
  }
  return save_alert(session, record);
}

}  // namespace

void show_finding(AlertRecord& record, const Finding& finding) {
  Alert& alert = record.alert;
  alert.watch = finding.watch;
  alert.kind = finding.kind;
  alert.asset = finding.asset;
  alert.severity = finding.severity;
  alert.title = finding.title;
  alert.reason = finding.reason;
  alert.next_step = finding.next_step;
  record.gravest_uid = finding.uid;
}

Result<void> check_finding(const Finding& finding) {
  if (!is_id(finding.uid))
    return fail(ErrorCode::kInvalid,
                fmt::format("a finding needs a UUID as its uid, not \"{}\"", finding.uid));
  if (finding.dedup_key.empty() || finding.kind.empty() || finding.title.key.empty()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("finding {} lacks its dedup key, kind or title", finding.uid));
  }
  return {};
}

Result<void> take_finding(store::Session& session, const DeskContext& desk, const Finding& finding,
                          std::set<std::string>& changed) {
  TRY_ASSIGN(auto own, find_alert(session, desk.due, finding.dedup_key));
  if (!own && finding.state == FindingState::kResolved) {
    // Nothing was raised for it: kept as a record, no alert.
    TRY(add_finding(session, finding, ""));
    return {};
  }
  if (own) {
    TRY_ASSIGN(bool fresh, add_finding(session, finding, own->alert.id));
    if (!fresh) return {};
    bool merged = !own->alert.merged_into.empty();
    TRY(apply(session, desk, *own, finding, !merged, true));
    changed.insert(own->alert.id);
    if (merged) {
      TRY_ASSIGN(auto root, load_alert(session, desk.due, own->alert.merged_into));
      TRY(apply(session, desk, root, finding, true, false));
      changed.insert(root.alert.id);
    }
    return {};
  }
  TRY_ASSIGN(auto stored, session.query("SELECT 1 FROM findings WHERE uid = ?", {finding.uid}));
  if (!stored.empty()) return {};
  TRY_ASSIGN(auto record, raise_first(session, desk, finding));
  TRY(add_finding(session, finding, record.alert.id));
  changed.insert(record.alert.id);
  return {};
}

}  // namespace vedette::desk
