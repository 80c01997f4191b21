// FileIncident: an encryption attack on a host's files as its agent tells it. A snapshot is whole and the
// newest wins; the report of a rollback comes in parts. Foreign input, bounded: 1,000 files, 32 ancestors, 16
// reasons a snapshot; 1,000 files a part, 1,000 parts, of which those
// beyond the 40th keep only the files that failed. Plain values.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"

namespace vedette::server {

struct IncidentSnapshot {
  std::string id;
  std::string state;  // "open", "frozen", "rolled_back", "allowed", "over": as people see it
  bool frozen = false;
  WallTime first_at{}, last_at{};
  double score = 0;
  std::string executable, user;
  std::int64_t more_files = 0;  // touched as well, but not listed
  std::int64_t files_count = 0;
  std::vector<Message> reasons;
  // Checked and written anew, in the fields of the API (FileIncident.actor and .files).
  std::string actor_json, files_json;
};

struct IncidentReportPart {
  std::string incident_id;
  std::int64_t part = 0, parts = 1;  // the first is 0 or 1
  std::int64_t restored = 0, failed = 0;
  std::string files_json;  // [{path, sha256, ok, text}…]; text is plain or a message
};

// kInvalid: says which field does not fit.
Result<IncidentSnapshot> incident_snapshot_from_json(const boost::json::value& value);
Result<IncidentReportPart> incident_report_from_json(const boost::json::value& record);

// Open or frozen: somebody must still decide.
bool is_under_way(std::string_view incident_state);

std::string messages_json(const std::vector<Message>& messages);
std::vector<Message> messages_from(const std::string& stored);

}  // namespace vedette::server
