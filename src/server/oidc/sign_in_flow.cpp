#include "server/oidc/sign_in_flow.h"

#include <sodium.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "server/oidc/id_token.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::chrono::minutes kLife{10};
constexpr std::size_t kBytesMax = 4 * 1024;

}  // namespace

SignInFlow new_sign_in_flow(std::string next) {
  return {random_token(), random_token(), random_token(), "", std::move(next)};
}

std::string code_challenge(const std::string& code_verifier) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(code_verifier.data()),
                     code_verifier.size());
  std::string out(sodium_base64_encoded_len(sizeof hash, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), hash, sizeof hash, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();  // the terminating NUL
  return out;
}

std::string SignInFlows::sealed(const SignInFlow& flow) const {
  return box_.seal_text(json::serialize(json::object{{"state", flow.state},
                                                     {"nonce", flow.nonce},
                                                     {"code_verifier", flow.code_verifier},
                                                     {"user_id", flow.user_id},
                                                     {"next", flow.next},
                                                     {"until", to_unix_ms(clock_.wall() + kLife)}}));
}

std::optional<SignInFlow> SignInFlows::opened(const std::string& sealed) const {
  if (sealed.size() > kBytesMax) return std::nullopt;
  auto plain = box_.open_text(sealed);
  if (!plain) return std::nullopt;
  auto fields = json_object_of(plain->reveal(), kBytesMax);
  if (!fields) return std::nullopt;
  const auto* until = fields->if_contains("until");
  if (!until || !until->is_int64() || until->get_int64() <= to_unix_ms(clock_.wall())) return std::nullopt;
  auto text = [&](std::string_view name) {
    auto texts = claim_texts(*fields, name);
    return texts.empty() ? std::string() : texts.front();
  };
  return SignInFlow{text("state"), text("nonce"), text("code_verifier"), text("user_id"), text("next")};
}

}  // namespace vedette::server
