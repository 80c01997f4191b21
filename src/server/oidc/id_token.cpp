#include "server/oidc/id_token.h"

#include <cjose/cjose.h>
#include <fmt/format.h>
#include <sodium.h>

#include "base/hash.h"
#include "server/oidc/json_text.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kTextsMax = 1'000;
constexpr std::size_t kRsaBitsMin = 2048;

struct Algorithm {
  std::string_view name, kind, curve;
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", "RSA", ""},     {"RS384", "RSA", ""},     {"RS512", "RSA", ""},
    {"PS256", "RSA", ""},     {"PS384", "RSA", ""},     {"PS512", "RSA", ""},
    {"ES256", "EC", "P-256"}, {"ES384", "EC", "P-384"}, {"ES512", "EC", "P-521"}};

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::kUnauthorized, "the ID token " + std::move(what));
}

// Base64url of so many bytes (RFC 7518 §6). The library ends the program on coordinates of another length.
bool holds_bytes(const std::string& text, std::size_t least, std::size_t most) {
  if (text.size() > 2 * most) return false;
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  return sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                           text.size(), nullptr, &size, &end,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
         end == text.data() + text.size() && size >= least && size <= most;
}
bool sound_parts(const json::object& key) {
  if (text_of(key, "kty") == "RSA")
    return holds_bytes(text_of(key, "n"), kRsaBitsMin / 8, 1024) && holds_bytes(text_of(key, "e"), 1, 8);
  const auto curve = text_of(key, "crv");
  const std::size_t size = curve == "P-256" ? 32 : curve == "P-384" ? 48 : curve == "P-521" ? 66 : 0;
  return size > 0 && holds_bytes(text_of(key, "x"), size, size) && holds_bytes(text_of(key, "y"), size, size);
}

// JWS in compact form (RFC 7515 §7.1): three parts of base64url. The library ends the program on some that
// are not.
bool is_compact(std::string_view token) {
  std::size_t parts = 0;
  while (true) {
    const auto part = token.substr(0, token.find('.'));
    const bool sound = !part.empty() && part.size() % 4 != 1 && std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_';
    });
    if (!sound) return false;
    ++parts;
    if (part.size() == token.size()) return parts == 3;
    token.remove_prefix(part.size() + 1);
  }
}

struct Released {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};

// NumericDate (RFC 7519 §2); some providers write fractions.
std::optional<std::int64_t> seconds_of(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

bool for_this_client(const json::object& claims, const std::string& client_id) {
  auto audiences = claim_texts(claims, "aud");
  if (std::ranges::find(audiences, client_id) == audiences.end()) return false;
  bool party_named = claims.contains("azp");
  if (audiences.size() > 1 && !party_named) return false;
  return !party_named || text_of(claims, "azp") == client_id;
}

Result<void> check_claims(const json::object& claims, const Expected& expected) {
  auto now = to_unix_ms(expected.now) / 1000;
  auto skew = kClockSkew.count();
  if (text_of(claims, "iss") != expected.issuer) return wrong("was made by another issuer");
  if (!for_this_client(claims, expected.client_id)) return wrong("is for another client");
  auto expires = seconds_of(claims, "exp");
  auto made = seconds_of(claims, "iat");
  if (!expires || !made) return wrong("does not say when it was made and ends (iat, exp)");
  if (*expires + skew <= now)
    return wrong("has expired; compare the clocks of the provider and this machine");
  if (*made - skew > now)
    return wrong("was made in the future; compare the clocks of the provider and this machine");
  if (claims.contains("nbf")) {
    auto begins = seconds_of(claims, "nbf");
    if (!begins || *begins - skew > now) return wrong("is not valid yet (nbf)");
  }
  if (expected.nonce.empty() || !equal_constant_time(text_of(claims, "nonce"), expected.nonce))
    return wrong("belongs to another sign-in (nonce)");
  auto subject = text_of(claims, "sub");
  if (subject.empty() || subject.size() > 255) return wrong("names nobody (sub)");
  return {};
}

}  // namespace

Result<json::object> json_object_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max)
    return fail(ErrorCode::kInvalid, fmt::format("larger than {} bytes", bytes_max));
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return fail(ErrorCode::kInvalid, "no JSON object");
  return std::move(value.as_object());
}

Result<KeySet> KeySet::parse(std::string_view text) {
  TRY_ASSIGN(auto set, json_object_of(text, kKeySetBytesMax));
  const auto* keys = set.if_contains("keys");
  if (!keys || !keys->is_array()) return fail(ErrorCode::kInvalid, "no key set: \"keys\" is missing");
  KeySet out;
  for (const auto& one : keys->get_array()) {
    const auto* fields = one.if_object();
    if (!fields || out.keys_.size() >= kKeysMax) continue;
    auto use = text_of(*fields, "use");
    if (!use.empty() && use != "sig") continue;
    Key key{text_of(*fields, "kid"), text_of(*fields, "kty"), text_of(*fields, "crv"),
            text_of(*fields, "alg"), nullptr};
    json::object plain{{"kty", key.kind}};  // the library sees nothing but the public part
    std::vector<std::string_view> needed;
    if (key.kind == "RSA") needed = {"n", "e"};
    if (key.kind == "EC") needed = {"crv", "x", "y"};
    if (needed.empty()) continue;
    for (auto name : needed) plain[name] = text_of(*fields, name);
    if (!sound_parts(plain)) continue;
    auto written = json::serialize(plain);
    cjose_err error{};
    auto* made = cjose_jwk_import(written.data(), written.size(), &error);
    if (!made) continue;
    key.key =
        std::shared_ptr<void>(made, [](void* held) { cjose_jwk_release(static_cast<cjose_jwk_t*>(held)); });
    if (key.kind == "RSA" && cjose_jwk_get_keysize(made, &error) < kRsaBitsMin) continue;
    out.keys_.push_back(std::move(key));
  }
  return out;
}

class TokenCheck {
 public:
  static Result<json::object> run(std::string_view token, const KeySet& keys) {
    if (token.size() > kIdTokenBytesMax) return wrong("is larger than 64 KiB");
    if (!is_compact(token)) return wrong("is no signed token (JWS in compact form)");
    cjose_err error{};
    std::unique_ptr<cjose_jws_t, Released> jws(cjose_jws_import(token.data(), token.size(), &error));
    if (!jws) return wrong("is no signed token (JWS in compact form)");
    auto* header = cjose_jws_get_protected(jws.get());
    auto said = [&](const char* name) {
      const char* text = cjose_header_get(header, name, &error);
      return std::string(text ? text : "");
    };
    if (std::unique_ptr<char, decltype(&std::free)> critical(cjose_header_get_raw(header, "crit", &error),
                                                             &std::free);
        critical)
      return wrong("asks for an extension that Vedette does not know (crit)");
    auto name = said("alg");
    auto algorithm = std::ranges::find(kAlgorithms, name, &Algorithm::name);
    if (algorithm == std::end(kAlgorithms))
      return wrong("is signed with \"" + name.substr(0, 16) + "\"; only RS, PS and ES algorithms are taken");
    auto key_id = said("kid");
    bool tried = false;
    for (const auto& key : keys.keys_) {
      bool fits = key.kind == algorithm->kind && key.curve == algorithm->curve &&
                  (key.algorithm.empty() || key.algorithm == name) && (key_id.empty() || key.id == key_id);
      if (!fits) continue;
      tried = true;
      if (cjose_jws_verify(jws.get(), static_cast<const cjose_jwk_t*>(key.key.get()), &error))
        return claims_of(*jws);
    }
    if (!tried) return fail(ErrorCode::kNotFound, "no key of the provider fits the ID token");
    return wrong("has a wrong signature");
  }

 private:
  static Result<json::object> claims_of(const cjose_jws_t& jws) {
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    cjose_err error{};
    if (!cjose_jws_get_plaintext(&jws, &bytes, &size, &error)) return wrong("is empty");
    auto claims = json_object_of({reinterpret_cast<const char*>(bytes), size}, kIdTokenBytesMax);
    if (!claims) return wrong("holds no claims");
    return claims;
  }
};

Result<json::object> verify_id_token(std::string_view token, const KeySet& keys, const Expected& expected) {
  TRY_ASSIGN(auto claims, TokenCheck::run(token, keys));
  TRY(check_claims(claims, expected));
  return claims;
}

std::vector<std::string> claim_texts(const json::object& claims, std::string_view name) {
  const json::value* found = claims.if_contains(name);
  const json::object* within = &claims;
  // A name with dots may be a claim itself ("https://example.org/groups").
  for (auto rest = name; !found && within;) {
    auto part = rest.substr(0, rest.find('.'));
    const auto* value = within->if_contains(part);
    if (part.size() == rest.size()) {
      found = value;
      break;
    }
    within = value ? value->if_object() : nullptr;
    rest.remove_prefix(part.size() + 1);
  }
  std::vector<std::string> out;
  if (!found) return out;
  if (const auto* text = found->if_string()) out.emplace_back(*text);
  if (const auto* list = found->if_array()) {
    for (const auto& one : *list) {
      if (out.size() >= kTextsMax) break;
      if (const auto* text = one.if_string()) out.emplace_back(*text);
    }
  }
  return out;
}

}  // namespace vedette::server
