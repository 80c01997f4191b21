// What the JSON sign-in and the plain sign-in page share.
#pragma once

#include "server/accounts/accounts.h"
#include "server/api/operation.h"

namespace vedette::server {

Peer peer_of(const net::Request& request);
net::Response signed_in_response(int status, const Principal& who, const std::string& version,
                                 const std::string& session_token, std::int64_t hours_max);
net::Response sign_in_refused(const Error& error, Language language, std::chrono::milliseconds retry_after);

}  // namespace vedette::server
