// Incidents, their entries, alerts and reports as rows. Functions run inside the caller's transaction or
// snapshot.
#pragma once

#include "desk/incidents/incident.h"

namespace vedette::desk {

struct IncidentQuery {
  std::string state = {};     // a state, or "open": neither closed nor merged; empty: any
  std::string alert_id = {};  // only those it is linked to
  std::string unit = {};      // only those with an alert of this unit or of one below it
  std::string cursor = {};
  std::size_t limit = 100;  // at most 500
};

// Stands before a SELECT: "family" is the incident of the first parameter and all that were merged into it.
inline constexpr std::string_view kIncidentFamily =
    "WITH RECURSIVE family(id) AS (SELECT id FROM incidents WHERE id = ? UNION SELECT i.id FROM incidents i "
    "JOIN family f ON i.merged_into = f.id)";

Result<Incident> load_incident(store::Session& session, const std::string& id);  // kNotFound
Result<Listing<Incident>> list_incidents(store::Session& session, const IncidentQuery& query);
// Neither closed nor merged; at most IncidentLimits::kOpen.
Result<std::vector<Incident>> open_incidents(store::Session& session);
// Gives it its id, reference and revision 1.
Result<void> insert_incident(store::Session& session, const Clock& clock, Incident& incident);
// Everything but id and reference; revision becomes one more. kConflict when it is not `incident.revision`
// now.
Result<void> save_incident(store::Session& session, Incident& incident);

// Only that something about it changed now.
Result<void> touch_incident(store::Session& session, const Incident& incident);

Result<void> add_entry(store::Session& session, const Clock& clock, IncidentEntry& entry);
// Of the incident and of those merged into it, oldest first.
Result<Listing<IncidentEntry>> load_entries(store::Session& session, const std::string& incident_id,
                                            const std::string& cursor, std::size_t limit);

Result<std::vector<std::string>> alerts_of(store::Session& session, const std::string& incident_id);
// The units of its alerts, each once.
Result<std::vector<std::string>> units_of(store::Session& session, const std::string& incident_id);
// Whether it was not linked before. kNotFound: no such alert; kLimit.
Result<bool> link_alert(store::Session& session, const std::string& incident_id, const std::string& alert_id,
                        WallTime at, const std::string& by);
Result<bool> unlink_alert(store::Session& session, const std::string& incident_id,
                          const std::string& alert_id);

Result<std::vector<SentReport>> load_reports(store::Session& session, const std::string& incident_id);
Result<void> put_report(store::Session& session, const std::string& incident_id, const SentReport& report);
Result<bool> remove_report(store::Session& session, const std::string& incident_id, const ClockKey& key);

Result<std::vector<std::string>> merged_into(store::Session& session, const std::string& incident_id);  // ids

}  // namespace vedette::desk
