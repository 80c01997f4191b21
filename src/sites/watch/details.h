// What the Site page shows beside the page itself: the JSON of /api/v1's "details", put together from stored
// parts.
#pragma once

#include <map>
#include <string>

#include "net/fetcher.h"

namespace vedette::sites {

// Connection, redirects and certificate of one fetch; empty when there was no connection.
std::string connection_part(const net::FetchResult& fetch);

// `parts`: "connection", "dns", "resources" as stored; missing ones become null or empty.
std::string join_details(const std::map<std::string, std::string>& parts);

}  // namespace vedette::sites
