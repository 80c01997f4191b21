// The agent's records about file incidents, from what the guard answers (files/guard/guard_snapshot.h) to the
// bodies the server takes (server/hosts). Pure. A guard is our own process, yet what it says is read with
// limits: it repeats what attackers named their files.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "agent/signed_order.h"
#include "model/finding.h"

namespace vedette::agent {

struct ReportingHost {
  std::string id, name;
};

// {"kind":"finding", …}
std::string finding_record(const Finding& finding);
// {"kind":"file_incident","incident":{…}}: the whole snapshot, newest wins.
std::string incident_record(const boost::json::object& snapshot);
// The alert of an incident: one for good, by its dedup key. kInvalid: the snapshot lacks what it must have.
Result<Finding> incident_finding(const boost::json::object& snapshot, const ReportingHost& host,
                                 const Clock& clock);
// Part `part` (from 1) of `parts` of a rollback's report, from the guard's {incident, restored, failed,
// files}.
std::string report_record(const boost::json::object& report, std::size_t part, std::size_t parts);
// A notice of the guard ("vault_full", …) or of the agent about it ("guard_gone", …).
std::string notice_record(std::string_view kind, Message text, std::string_view path);
Message notice_text(std::string_view kind, std::string_view detail, std::string_view path,
                    const std::string& host, std::uint64_t count);
std::string order_result_record(const std::string& id, bool ok, const Message& text);

}  // namespace vedette::agent
