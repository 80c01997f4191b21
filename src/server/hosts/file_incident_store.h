// File incidents as rows: what is stored of the agents' snapshots and reports, and the timeline of each.
// Functions with a Session work inside the caller's transaction. At most 500 incidents of a host and 200
// entries of a timeline are kept; of incidents the oldest that are over go first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/hosts/file_incident.h"
#include "store/database.h"

namespace vedette::server {

inline constexpr std::size_t kIncidentsKept = 500, kIncidentEventsKept = 200;

struct IncidentRow {
  std::string id, host_id, host_name, state;
  bool frozen = false, host_revoked = false;
  WallTime first_at{}, last_at{};
  std::int64_t files_count = 0, more_files = 0;
  double score = 0;
  std::string executable, user;
  std::string alert_id;            // empty: none yet
  std::int64_t report_failed = 0;  // files that the last rollback could not put back
};
struct IncidentEvent {
  WallTime at{};
  Message text;
};
struct IncidentDetail {
  IncidentRow row;
  std::vector<Message> reasons;
  std::string actor_json, files_json;
  std::vector<IncidentEvent> events;
  std::vector<IncidentReportPart> report;  // its parts, in order; empty: there was no rollback
};
struct IncidentPage {
  std::vector<IncidentRow> items;  // newest first
  std::string next_cursor;
};

std::string incident_dedup_key(const std::string& host_id, const std::string& incident_id);
// The id in such a key; empty: it is none.
std::string incident_of_dedup_key(std::string_view dedup_key);

Result<IncidentRow> load_incident_row(store::Session& session, const std::string& id);  // kNotFound
Result<IncidentDetail> load_incident(store::Session& session, const std::string& id);   // kNotFound
Result<IncidentPage> load_incidents(store::Session& session, const std::string& host_id,
                                    const std::string& cursor, std::size_t limit);

// kConflict: the id is another host's. `received`: the server's time.
Result<void> store_snapshot(store::Session& session, const std::string& host_id,
                            const IncidentSnapshot& snapshot, WallTime received);
// A part that is there already, or of another number of parts, begins a new report. False: the host has no
// such incident.
Result<bool> store_report_part(store::Session& session, const std::string& host_id,
                               const IncidentReportPart& part, WallTime received);
Result<void> add_incident_event(store::Session& session, const std::string& id, WallTime at,
                                const Message& text);

}  // namespace vedette::server
