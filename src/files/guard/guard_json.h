// What the guard says, as JSON lines and as text for a terminal. Paths that are no valid UTF-8 are shown with
// U+FFFD. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "files/guard/guard.h"

namespace vedette::files {

// {"event":"incident","id":…,"state":…,"actor":{…},"reasons":[{key,text}],"files":[…],…}
boost::json::object incident_json(const FileIncident& incident, const std::vector<Deed>& deeds,
                                  Language language);
// {"event":"rollback","incident":…,"restored":n,"failed":n,"files":[{path,action,sha256,…}]}
boost::json::object rollback_json(const FileIncident& incident, const std::vector<RestoredFile>& files);
boost::json::object notice_json(const GuardNotice& notice);
boost::json::object status_json(const Guard::Status& status);

std::string incident_text(const FileIncident& incident, const std::vector<Deed>& deeds, Language language);
std::string rollback_text(const FileIncident& incident, const std::vector<RestoredFile>& files);

}  // namespace vedette::files
