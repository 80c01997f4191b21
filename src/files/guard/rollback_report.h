// What became of each file of a rollback, kept in the vault: VAULT/reports/<incident>, one JSON object a
// line. Whoever asks after a crash or a year later reads it there. A rollback that is tried again takes the
// place of what was said of the same files before. Limits: 200,000 files. Not thread-safe for one incident.
#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/guard/incident.h"

namespace vedette::files {

// One file of a report: {path, action, sha256_before?, sha256?, replaced_version?, error?}.
boost::json::object restored_file_json(const RestoredFile& file);

Result<void> write_report(const std::filesystem::path& vault, const FileIncident& incident,
                          const std::vector<RestoredFile>& files);

struct RollbackReport {
  std::size_t restored = 0, failed = 0;  // of the whole
  std::string revision;                  // differs when the rollback was tried again
  std::vector<RestoredFile> files;       // the part that was asked for
};
// Files `from`… of it, at most `count`. kNotFound: nothing of it was rolled back.
Result<RollbackReport> read_report(const std::filesystem::path& vault, const std::string& incident,
                                   std::size_t from, std::size_t count);

}  // namespace vedette::files
