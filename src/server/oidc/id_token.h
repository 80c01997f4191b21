// ID tokens of OpenID Connect (Core 1.0 §2, §3.1.3.7) and the keys they are signed with (RFC 7517). The
// cryptography is libcjose's; what it must not be asked to do is refused before: unsigned tokens, symmetric
// algorithms, a key of another kind than the algorithm's, critical headers that we do not know (RFC 7515
// §4.1.11). Pure; thread-safe. Foreign bytes: limits below.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vedette::server {

constexpr std::size_t kIdTokenBytesMax = 64 * 1024;
constexpr std::size_t kKeySetBytesMax = 256 * 1024;
constexpr std::size_t kKeysMax = 64;
constexpr std::chrono::seconds kClockSkew{60};  // what the provider's clock and ours may differ

// One JSON object of at most `bytes_max` bytes and 16 levels. kInvalid: it is none.
Result<boost::json::object> json_object_of(std::string_view text, std::size_t bytes_max);

// The signature keys of a provider. Immutable.
class KeySet {
 public:
  // Keys that cannot sign an ID token (symmetric, for encryption, RSA below 2048 bits, unknown kinds) are
  // left out.
  static Result<KeySet> parse(std::string_view json);
  std::size_t size() const { return keys_.size(); }

 private:
  friend class TokenCheck;
  struct Key {
    std::string id, kind, curve, algorithm;  // kid, kty, crv, alg; empty: not given
    std::shared_ptr<void> key;               // cjose_jwk_t
  };
  std::vector<Key> keys_;
};

struct Expected {
  std::string issuer, client_id, nonce;
  WallTime now{};
};

// The claims of a token that is signed by one of the keys and made by `issuer` for this client and this
// sign-in, now. kNotFound: no key of the set fits its header (the set may be old). kUnauthorized: everything
// else; the message says what, for the log.
Result<boost::json::object> verify_id_token(std::string_view token, const KeySet& keys,
                                            const Expected& expected);

// The texts of a claim: of a text itself, of a list each text, at most 1,000 of them. `name` is a claim, or a
// path with dots to one inside ("realm_access.roles").
std::vector<std::string> claim_texts(const boost::json::object& claims, std::string_view name);

}  // namespace vedette::server
