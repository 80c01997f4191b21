// What the guard says, as JSON lines and as text for a terminal. Paths that are no valid UTF-8 are shown with
// U+FFFD. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "files/guard/guard.h"
#include "files/guard/rollback_report.h"

namespace vedette::files {

// {"event":"incident","id":…,"state":…,"actor":{…},"reasons":[{key,text}],"files":[…],…}
boost::json::object incident_json(const FileIncident& incident, const std::vector<Deed>& deeds,
                                  Language language);
// {"event":"rollback","incident":…,"restored":n,"failed":n,"files":[{path,action,sha256,…}]}
boost::json::object rollback_json(const FileIncident& incident, const std::vector<RestoredFile>& files);
boost::json::object notice_json(const GuardNotice& notice);
boost::json::object status_json(const Guard::Status& status);
// {mode, trees, exclude, vault_bytes}: what an agent compares with what its policy asks for.
boost::json::object served_json(const GuardOptions& options);
// {incident, restored, failed, revision, files:[…]}: a part of a rollback's report.
boost::json::object report_json(const std::string& incident, const RollbackReport& report);

std::string incident_text(const FileIncident& incident, const std::vector<Deed>& deeds, Language language);
std::string rollback_text(const FileIncident& incident, const std::vector<RestoredFile>& files);

}  // namespace vedette::files
