// Sites as the API shows them. Secrets of a site are never shown: only that there is one.
#pragma once

#include <boost/json.hpp>

#include "model/message.h"
#include "server/api/operation.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

std::string_view site_state_word(sites::SiteState state);
boost::json::object site_json(const sites::Site& site, Language language, std::int64_t open_alerts);
boost::json::object site_config_json(const sites::SiteConfig& config);
boost::json::object check_json(const sites::Check& check, Language language);
boost::json::object snapshot_json(const sites::Snapshot& snapshot);
boost::json::array sights_json(const std::vector<sites::Sight>& sights, Language language);

// Puts the fields of a checked body over `config`.
void apply_site_fields(const Call& call, sites::SiteConfig& config);

}  // namespace vedette::server
