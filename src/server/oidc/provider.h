// OidcProvider: what is asked of the identity provider over HTTP: its metadata (OpenID Connect
// Discovery 1.0), its keys, and the tokens for a code (RFC 6749 §4.1.3 with PKCE, RFC 7636). Metadata and
// keys are kept for an hour; a token signed by an unknown key fetches the keys anew, at most twice a minute.
// A provider that does not answer is not asked again for ten seconds, and at most two sign-ins ask it at a
// time, so that it cannot hold all of the server's workers. Thread-safe; blocks for the provider's answers,
// each at most ten seconds.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "server/config/config.h"
#include "server/oidc/id_token.h"

namespace vedette::server {

struct Authorization {
  std::string state, nonce, code_challenge, redirect_uri;
};
struct CodeGrant {
  std::string code, code_verifier, nonce, redirect_uri;
};

class OidcProvider {
 public:
  using CurrentConfig = std::function<std::shared_ptr<const Config>()>;
  OidcProvider(const Clock& clock, CurrentConfig config);
  ~OidcProvider();

  // Where the browser is sent. kUnavailable, kTimeout: the provider does not answer; kLimit: too many
  // sign-ins at once; kInvalid: its answer does not fit the standard or the configuration.
  Result<std::string> authorization_url(const Authorization& authorization);
  // Trades the code for the person's checked claims: of the ID token, and of the user-info answer where the
  // token has no user name or no groups. kUnauthorized: the provider or the check of the token says no.
  Result<boost::json::object> redeem(const CodeGrant& grant);

 private:
  struct Metadata;
  class Turn;
  Result<std::shared_ptr<const Metadata>> metadata(const Config& config);
  // `anew`: a key was missing among those that are kept.
  Result<std::shared_ptr<const KeySet>> keys(const Config& config, const Metadata& metadata, bool anew);
  Result<boost::json::object> verified(const Config& config, const Metadata& metadata,
                                       const std::string& token, const std::string& nonce);

  const Clock& clock_;
  const CurrentConfig config_;
  std::mutex mutex_;  // never held while the provider is asked
  std::shared_ptr<const Metadata> metadata_;
  std::shared_ptr<const KeySet> keys_;
  std::string keys_of_;  // the address they came from
  SteadyTime metadata_until_{}, keys_until_{}, keys_next_{}, not_before_{};
  int asking_ = 0;
};

}  // namespace vedette::server
