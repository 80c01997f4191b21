// Incidents: which reports went out.
#include "desk/incidents/incident_reports.h"

#include "desk/incidents/incidents.h"
#include "model/refusal.h"

namespace vedette::desk {

Result<void> check_open(store::Session& session, const Incident& incident) {
  if (!incident.merged_into.empty()) {
    TRY_ASSIGN(auto other, load_incident(session, incident.merged_into));
    return refuse(ErrorCode::kConflict, "incident.merged", {{"reference", other.reference}});
  }
  if (incident.state == IncidentState::kClosed) return refuse(ErrorCode::kConflict, "incident.closed");
  return {};
}

Result<LegalClock> mark_sent(store::Session& session, const RegimeSet& regimes, WallTime now,
                             const Incident& incident, const SentReport& report) {
  TRY(check_open(session, incident));
  TRY_ASSIGN(auto known, load_reports(session, incident.id));
  auto made = clocks_of(regimes, incident.regimes, incident.facts, sent_times(known), now);
  auto clock = std::ranges::find(made, report.key, &LegalClock::key);
  if (clock == made.end()) return refuse(ErrorCode::kNotFound, "incident.no_clock");
  if (clock->sent_at) return refuse(ErrorCode::kConflict, "incident.sent_already");
  auto recorded = report;
  recorded.recorded_at = now;
  TRY(put_report(session, incident.id, recorded));
  return *clock;
}

Result<Incident> Incidents::report_sent(const std::string& id, const SentReport& report) {
  if (report.note.size() > IncidentLimits::kTextBytes)
    return refuse(ErrorCode::kInvalid, "incident.text",
                  {{"field", "note"}, {"most", std::to_string(IncidentLimits::kTextBytes)}});
  if (report.sent_at > clock_.wall() + IncidentLimits::kAhead)
    return refuse(ErrorCode::kInvalid, "incident.future", {{"field", "sent_at"}});
  return act(id, report.by, When::kOpen, [&](store::Session& session, Incident& incident) -> Result<Deed> {
    TRY_ASSIGN(auto clock, mark_sent(session, *regimes_, clock_.wall(), incident, report));
    return Deed{"report",
                {{"regime", report.key.regime},
                 {"step", report.key.step},
                 {"step_vi", clock.step->name.vi},
                 {"step_en", clock.step->name.en},
                 {"sent_at", to_rfc3339(report.sent_at)},
                 {"note", report.note}},
                report.sent_at};
  });
}

Result<Incident> Incidents::withdraw_report(const std::string& id, const ClockKey& key,
                                            const std::string& by) {
  return act(id, by, When::kOpen, [&](store::Session& session, Incident& incident) -> Result<Deed> {
    TRY_ASSIGN(bool removed, remove_report(session, incident.id, key));
    if (!removed) return refuse(ErrorCode::kNotFound, "incident.no_report");
    return Deed{"report_withdrawn", {{"regime", key.regime}, {"step", key.step}}};
  });
}

}  // namespace vedette::desk
