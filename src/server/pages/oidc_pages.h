// The way through the identity provider and back: /signin/oidc leads to it, /signin/oidc/callback comes from
// it, /signin/oidc/code takes the one-time code that may still be wanted. Pages without JavaScript.
#pragma once

#include <string>
#include <vector>

#include "net/http_server.h"
#include "server/api/api.h"
#include "server/oidc/provider.h"
#include "server/oidc/sign_in_flow.h"

namespace vedette::server {

// Lent to the HTTP server; everything given outlives it.
std::vector<net::Route> oidc_routes(Api& api, OidcProvider& provider, const SignInFlows& flows,
                                    const std::string& public_url);

// What the sign-in pages call the provider; empty: there is none.
std::string provider_label(const Config& config);

}  // namespace vedette::server
