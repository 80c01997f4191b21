// Incidents: a clock that comes near is a finding.
#include "desk/incidents/incidents.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

constexpr auto kLastHours = std::chrono::hours(2);

// How near a clock is to its end. Each stage is reported once for one due time.
enum class Nearness { kFar, kHalf, kSoon, kPassed };

Nearness nearness_of(const LegalClock& clock, WallTime now) {
  const bool runs = clock.state == ClockState::kRunning || clock.state == ClockState::kOverdue;
  if (!runs || !clock.due || !clock.starts) return Nearness::kFar;
  if (clock.state == ClockState::kOverdue) return Nearness::kPassed;
  const auto left = *clock.due - now;
  if (left <= kLastHours) return Nearness::kSoon;
  return left * 2 <= *clock.due - *clock.starts ? Nearness::kHalf : Nearness::kFar;
}

struct Noticed {
  Nearness nearness = Nearness::kFar;
  std::int64_t due = 0;
};
using NoticeKey = std::pair<std::string, ClockKey>;  // incident, clock
struct ClockNotice {
  NoticeKey key = {};
  Noticed what = {};
  std::vector<Finding> findings = {};
};

Result<std::map<NoticeKey, Noticed>> load_notices(store::Session& session) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT incident_id, regime, step, stage, due_at FROM incident_clock_notices"));
  std::map<NoticeKey, Noticed> out;
  for (const auto& row : rows)
    out[{row.text(0), {row.text(1), row.text(2)}}] = {static_cast<Nearness>(row.integer(3)), row.integer(4)};
  return out;
}

Result<void> save_notice(store::Session& session, const ClockNotice& notice) {
  const auto& [incident, clock] = notice.key;
  TRY(session.execute("DELETE FROM incident_clock_notices WHERE incident_id = ? AND regime = ? AND step = ?",
                      {incident, clock.regime, clock.step}));
  if (notice.what.nearness == Nearness::kFar) return {};
  TRY(session.execute(
      "INSERT INTO incident_clock_notices(incident_id, regime, step, stage, due_at) VALUES (?,?,?,?,?)",
      {incident, clock.regime, clock.step, static_cast<std::int64_t>(notice.what.nearness),
       notice.what.due}));
  return {};
}

std::string local_due(const LegalClock& clock) {
  auto zone = Zone::find(clock.regime->zone);
  if (!zone) return to_rfc3339(*clock.due);
  return fmt::format("{} ({})", to_local_text(zone->local(*clock.due)).replace(10, 1, " "), zone->name());
}

// An alert keeps the words of its gravest finding, so a deadline that moves is an alert of its own.
Finding finding_about(const Clock& now, const NoticeKey& key, std::int64_t due, const std::string& name) {
  auto finding = own_finding(now, kClockDue);
  finding.asset = {"incident", key.first, name};
  finding.where = fmt::format("{}/{}", key.second.regime, key.second.step);
  finding.dedup_key =
      fmt::format("desk/incident/{}/clock/{}/{}/{}", key.first, key.second.regime, key.second.step, due);
  return finding;
}

Finding near_finding(const Clock& now, const Incident& incident, const LegalClock& clock, Nearness nearness) {
  auto finding = finding_about(now, {incident.id, clock.key}, to_unix_ms(*clock.due),
                               incident.reference + " " + incident.title);
  static constexpr std::array kSeverities{Severity::kInformational, Severity::kMedium, Severity::kHigh,
                                          Severity::kCritical};
  static constexpr std::array<std::string_view, 4> kReasons{"", "half", "soon", "passed"};
  const auto stage = static_cast<std::size_t>(nearness);
  finding.severity = kSeverities[stage];
  std::map<std::string, std::string> arguments = {
      {"reference", incident.reference},    {"title", incident.title},
      {"step_vi", clock.step->name.vi},     {"step_en", clock.step->name.en},
      {"regime_vi", clock.regime->name.vi}, {"regime_en", clock.regime->name.en},
      {"citation", clock.step->citation},   {"due", local_due(clock)}};
  const std::string status = clock.regime->verified ? "verified" : "unverified";
  finding.title = {"desk.clock_due.title", arguments};
  finding.reason = {fmt::format("desk.clock_due.{}_{}", kReasons[stage], status), arguments};
  finding.next_step = {"desk.clock_due.next_step", arguments};
  return finding;
}

Finding over_finding(const Clock& now, const NoticeKey& key, std::int64_t due, const std::string& name) {
  auto finding = finding_about(now, key, due, name);
  finding.state = FindingState::kResolved;
  finding.severity = Severity::kInformational;
  finding.title = {"desk.clock_due.over_title", {{"incident", name}}};
  finding.reason = {"desk.clock_due.over", {{"incident", name}}};
  finding.next_step = {"desk.clock_due.over_next_step", {}};
  return finding;
}

}  // namespace

Result<std::size_t> Incidents::check_clocks() {
  std::vector<ClockNotice> notices;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto noticed, load_notices(session));
    TRY_ASSIGN(auto incidents, open_incidents(session));
    const auto now = clock_.wall();
    for (const auto& incident : incidents) {
      const auto name = incident.reference + " " + incident.title;
      TRY_ASSIGN(auto made, clocks(session, incident));
      for (const auto& one : made) {
        ClockNotice notice{.key = {incident.id, one.key}};
        const auto nearness = nearness_of(one, now);
        if (nearness != Nearness::kFar) notice.what = {nearness, to_unix_ms(*one.due)};
        const auto before = noticed.extract(notice.key);
        const bool moved = before && before.mapped().due != notice.what.due;
        if (moved) notice.findings.push_back(over_finding(clock_, notice.key, before.mapped().due, name));
        if (nearness > (before && !moved ? before.mapped().nearness : Nearness::kFar))
          notice.findings.push_back(near_finding(clock_, incident, one, nearness));
        if (!notice.findings.empty()) notices.push_back(std::move(notice));
      }
    }
    // Of incidents that are closed or merged, and of regimes that were taken off.
    for (const auto& [key, what] : noticed) {
      auto incident = load_incident(session, key.first);
      notices.push_back({key,
                         {},
                         {over_finding(clock_, key, what.due,
                                       incident ? incident->reference + " " + incident->title : key.first)}});
    }
    return {};
  }));
  if (notices.empty()) return 0;
  std::vector<Finding> findings;
  for (const auto& one : notices) findings.insert(findings.end(), one.findings.begin(), one.findings.end());
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    for (const auto& one : notices) TRY(save_notice(session, one));
    return {};
  }));
  return notices.size();
}

}  // namespace vedette::desk
