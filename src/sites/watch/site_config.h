// What a site's configuration may be. Pure.
#pragma once

#include "base/result.h"
#include "sites/watch/site.h"

namespace vedette::sites {

// The configuration with its address in normal form, or kInvalid with the field and what to do.
Result<SiteConfig> checked_config(SiteConfig config, bool allow_loopback);

}  // namespace vedette::sites
