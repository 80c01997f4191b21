// What all ways of signing in without JavaScript share.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "net/http_server.h"
#include "server/api/api.h"

namespace vedette::server {

// Where to go after signing in: only to pages of ours that need it.
std::string_view next_of(const std::map<std::string, std::string>& fields);
std::string code_input(Language language);
// `wrong` is HTML; `provider`: provider_label().
net::Response sign_in_page(int status, Language language, std::string_view wrong, std::string_view next,
                           const std::string& provider);
net::Response go_in(std::string_view to, const std::string& session_token, std::int64_t hours_max);
// Too many attempts: says how long to wait.
std::string too_many(Language language, const SignInHint& hint);

}  // namespace vedette::server
