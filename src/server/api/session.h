// What the operations on one's own account and the plain sign-in page share.
#pragma once

#include "server/accounts/accounts.h"
#include "server/api/api.h"

namespace vedette::server {

Peer peer_of(const net::Request& request);
// A person's own affairs need a session: a token is nobody in particular.
Result<void> person(const Call& call);
net::Response signed_in_response(Api& api, int status, const Principal& who,
                                 const std::string& session_token);
// Beside what every problem says: whether a code is wanted.
net::Response sign_in_refused(const Error& error, Language language, const SignInHint& hint);

}  // namespace vedette::server
