// One incident as the agent hands it to the server: who, what, and one row for each touched file (several
// deeds of one file are one row). Pure but for /proc, where what a process's owner is called is read.
//
//   {id, state, frozen, at, last_at, score, reasons: [Message…],
//    actor: {executable, cgroup, uid, user, client?, lineage: [{pid, executable, command_line, started_at,
//    user}…]}, files: [{path, at, from_type, to_type, score, deed, to_path?, state, sha256_before?,
//    sha256_after?}…], more_files}
//
// Limits: kSnapshotFiles rows and about kSnapshotBytes of them; the rest is counted. Texts are valid UTF-8.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <vector>

#include "files/guard/incident.h"
#include "files/guard/rollback_report.h"

namespace vedette::files {

inline constexpr std::size_t kSnapshotFiles = 1000, kSnapshotBytes = 300 * 1024;

// `sha256_of_image`: hex, or "" where it was not computed. `report`: of a rollback, or nothing.
boost::json::object snapshot_json(const FileIncident& incident, const std::vector<Deed>& deeds,
                                  const RollbackReport* report,
                                  const std::function<std::string(std::uint64_t image)>& sha256_of_image);

}  // namespace vedette::files
