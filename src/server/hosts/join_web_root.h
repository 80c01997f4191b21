// Joins what the host's watch saw in a web root with what the site watch sees of the same site.
//
// The two watches do not know each other; the server knows both. A finding about the content of a web root
// carries the names of its virtual hosts (argument "hosts" of its reason). When one of them is a watched
// site, the finding takes that site as its asset and the key of the site's content alert: the desk makes one
// alert of both, and the host stays in the texts. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "model/finding.h"

namespace vedette::server {

// The watched site that is served under this host name (lower case, no port), as the asset the site watch
// uses.
using SiteOfHost = std::function<std::optional<Asset>(std::string_view host)>;

// Of several names the first that is a site counts. True: joined. Findings of other watches, of other kinds
// than content (lost events), and of roots without a known site stay as they are.
bool join_web_root(Finding& finding, const SiteOfHost& site_of_host);

}  // namespace vedette::server
