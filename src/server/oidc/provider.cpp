#include "server/oidc/provider.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "base/log.h"
#include "net/http_client.h"
#include "net/url.h"
#include "server/oidc/json_text.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr int kAtOnce = 2;
constexpr std::chrono::seconds kTimeout{10}, kPause{10}, kKeysEvery{30};
constexpr std::chrono::hours kKept{1};
constexpr std::size_t kAnswerBytesMax = 256 * 1024;

std::string encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (!out.empty()) out += '&';
    out += fmt::format("{}={}", name, encoded(value));
  }
  return out;
}

std::string base64(const std::string& bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the terminating NUL
  return out;
}

Result<net::HttpClientResponse> ask(const Config& config, net::HttpClientRequest request) {
  request.timeout = kTimeout;
  request.response_bytes_max = kAnswerBytesMax;
  request.ca_file = config.oidc_ca_file;
  request.headers.emplace_back("Accept", "application/json");
  return net::http_call(request);
}

Result<std::string> fetched(const Config& config, const std::string& url, std::string bearer = {}) {
  net::HttpClientRequest request;
  request.url = url;
  if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + bearer);
  TRY_ASSIGN(auto answer, ask(config, std::move(request)));
  if (answer.status != 200)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} answered {}", net::origin_of(std::string_view(url)), answer.status));
  return std::move(answer.body);
}

}  // namespace

struct OidcProvider::Metadata {
  std::string issuer, authorization, token, keys, user_info;
  bool secret_in_body = false;  // it takes no client_secret_basic

  static Result<Metadata> read(const std::string& text, const std::string& issuer) {
    TRY_ASSIGN(auto said, json_object_of(text, kAnswerBytesMax));
    Metadata out{text_of(said, "issuer"), text_of(said, "authorization_endpoint"),
                 text_of(said, "token_endpoint"), text_of(said, "jwks_uri"),
                 text_of(said, "userinfo_endpoint")};
    if (out.issuer != issuer)
      return fail(
          ErrorCode::kInvalid,
          fmt::format("it calls itself \"{}\"; write this into oidc.issuer if it is right", out.issuer));
    // Whoever may use plain HTTP (a provider on this machine) says so in oidc.issuer.
    auto scheme = issuer.substr(0, issuer.find(':') + 1);
    for (const auto* url : {&out.authorization, &out.token, &out.keys})
      if (!url->starts_with(scheme) || !net::parse_url(*url))
        return fail(ErrorCode::kInvalid, fmt::format("one of its addresses is missing or not {}", scheme));
    if (!out.user_info.starts_with(scheme)) out.user_info.clear();
    auto methods = claim_texts(said, "token_endpoint_auth_methods_supported");
    auto has = [&](std::string_view one) { return std::ranges::find(methods, one) != methods.end(); };
    out.secret_in_body = !has("client_secret_basic") && has("client_secret_post");
    return out;
  }
};

// One of the few that may ask the provider now.
class OidcProvider::Turn {
 public:
  explicit Turn(OidcProvider& provider) : provider_(provider) {
    std::lock_guard lock(provider_.mutex_);
    has_ = provider_.asking_ < kAtOnce;
    if (has_) ++provider_.asking_;
  }
  ~Turn() {
    if (!has_) return;
    std::lock_guard lock(provider_.mutex_);
    --provider_.asking_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Result<void> check() const {
    if (has_) return {};
    return fail(ErrorCode::kLimit, "too many sign-ins ask the identity provider at once");
  }

 private:
  OidcProvider& provider_;
  bool has_ = false;
};

OidcProvider::OidcProvider(const Clock& clock, CurrentConfig config)
    : clock_(clock), config_(std::move(config)) {}
OidcProvider::~OidcProvider() = default;

Result<std::shared_ptr<const OidcProvider::Metadata>> OidcProvider::metadata(const Config& config) {
  auto now = clock_.steady();
  {
    std::lock_guard lock(mutex_);
    if (metadata_ && metadata_->issuer == config.oidc_issuer && now < metadata_until_) return metadata_;
    if (now < not_before_)
      return fail(ErrorCode::kUnavailable, "the identity provider did not answer just now");
  }
  auto base = config.oidc_issuer;
  if (base.ends_with('/')) base.pop_back();
  auto text = fetched(config, base + "/.well-known/openid-configuration");
  auto read = text ? Metadata::read(*text, config.oidc_issuer)
                   : Result<Metadata>(std::unexpected(std::move(text).error()));
  std::lock_guard lock(mutex_);
  if (!read) {
    not_before_ = now + kPause;
    return fail(std::move(read).error(), "asking the identity provider for its metadata");
  }
  metadata_ = std::make_shared<const Metadata>(*std::move(read));
  metadata_until_ = now + kKept;
  return metadata_;
}

Result<std::shared_ptr<const KeySet>> OidcProvider::keys(const Config& config, const Metadata& metadata,
                                                         bool anew) {
  auto now = clock_.steady();
  {
    std::lock_guard lock(mutex_);
    bool kept = keys_ && keys_of_ == metadata.keys && now < keys_until_;
    if (kept && (!anew || now < keys_next_)) return keys_;
    if (anew) keys_next_ = now + kKeysEvery;
  }
  TRY_ASSIGN(auto text, fetched(config, metadata.keys));
  auto read = KeySet::parse(text);
  if (!read) return fail(std::move(read).error(), "reading the keys of the identity provider");
  std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const KeySet>(*std::move(read));
  keys_of_ = metadata.keys;
  keys_until_ = now + kKept;
  return keys_;
}

Result<json::object> OidcProvider::verified(const Config& config, const Metadata& metadata,
                                            const std::string& token, const std::string& nonce) {
  const Expected expected{config.oidc_issuer, config.oidc_client_id, nonce, clock_.wall()};
  TRY_ASSIGN(auto known, keys(config, metadata, false));
  auto claims = verify_id_token(token, *known, expected);
  if (claims || claims.error().code() != ErrorCode::kNotFound) return claims;
  TRY_ASSIGN(auto fresh, keys(config, metadata, true));
  claims = verify_id_token(token, *fresh, expected);
  if (!claims && claims.error().code() == ErrorCode::kNotFound)
    return fail(ErrorCode::kUnauthorized, claims.error().message());
  return claims;
}

Result<std::string> OidcProvider::authorization_url(const Authorization& asked) {
  auto config = config_();
  Turn turn(*this);
  TRY(turn.check());
  TRY_ASSIGN(auto at, metadata(*config));
  auto scopes = fmt::format("{}", fmt::join(config->oidc_scopes, " "));
  auto query = form({{"response_type", "code"},
                     {"client_id", config->oidc_client_id},
                     {"redirect_uri", asked.redirect_uri},
                     {"scope", scopes},
                     {"state", asked.state},
                     {"nonce", asked.nonce},
                     {"code_challenge", asked.code_challenge},
                     {"code_challenge_method", "S256"}});
  return fmt::format("{}{}{}", at->authorization,
                     at->authorization.find('?') == std::string::npos ? '?' : '&', query);
}

Result<json::object> OidcProvider::redeem(const CodeGrant& grant) {
  auto config = config_();
  Turn turn(*this);
  TRY(turn.check());
  TRY_ASSIGN(auto at, metadata(*config));
  const auto& secret = config->oidc_client_secret.reveal();
  bool in_body = secret.empty() || at->secret_in_body;
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = at->token;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  if (!in_body)  // RFC 6749 §2.3.1: both parts are encoded first
    request.headers.emplace_back("Authorization",
                                 "Basic " + base64(encoded(config->oidc_client_id) + ":" + encoded(secret)));
  request.body = form({{"grant_type", "authorization_code"},
                       {"code", grant.code},
                       {"redirect_uri", grant.redirect_uri},
                       {"code_verifier", grant.code_verifier},
                       {"client_id", in_body ? config->oidc_client_id : ""},
                       {"client_secret", in_body ? secret : ""}});
  TRY_ASSIGN(auto answer, ask(*config, std::move(request)));
  if (answer.status >= 500)
    return fail(ErrorCode::kUnavailable, fmt::format("the identity provider answered {}", answer.status));
  auto tokens = json_object_of(answer.body, kAnswerBytesMax);
  if (answer.status != 200 || !tokens)
    return fail(ErrorCode::kUnauthorized,
                fmt::format("the identity provider gave no tokens: {} {}", answer.status,
                            tokens ? text_of(*tokens, "error").substr(0, 64) : "without JSON"));
  TRY_ASSIGN(auto claims, verified(*config, *at, text_of(*tokens, "id_token"), grant.nonce));
  bool whole = !claim_texts(claims, config->oidc_username_claim).empty() &&
               (config->oidc_roles.empty() || !claim_texts(claims, config->oidc_groups_claim).empty());
  auto access = text_of(*tokens, "access_token");
  if (whole || at->user_info.empty() || access.empty()) return claims;
  TRY_ASSIGN(auto text, fetched(*config, at->user_info, access));
  auto more = json_object_of(text, kAnswerBytesMax);
  if (!more || text_of(*more, "sub") != text_of(claims, "sub"))
    return fail(ErrorCode::kUnauthorized, "the user-info answer is about somebody else, or is no JSON");
  for (auto& [name, value] : *more)
    if (!claims.contains(name)) claims[name] = std::move(value);  // what is signed goes first
  return claims;
}

}  // namespace vedette::server
