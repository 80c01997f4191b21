// A site's configuration as it stands in the store: what may be a secret (header fields, the proxy's address,
// the password, the token) is sealed, so that a copy of the database does not give it away. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sites/watch/site.h"
#include "store/secret_box.h"

namespace vedette::sites {

std::string config_to_json(const SiteConfig& config, const store::SecretBox& box);

struct StoredConfig {
  SiteConfig config;
  bool clear = false;  // written before secrets were sealed: write it again
  bool lost = false;   // sealed with another key: the configuration is without its secrets
};
Result<StoredConfig> config_from_json(std::string_view json, const store::SecretBox& box);

}  // namespace vedette::sites
