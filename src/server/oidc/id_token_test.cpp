#include "server/oidc/id_token.h"

#include <cjose/cjose.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace vedette::server {
namespace {
namespace json = boost::json;

constexpr std::int64_t kNow = 1'700'000'000;

struct Signer {
  cjose_jwk_t* key;
  std::string id;

  Signer(cjose_jwk_t* made, std::string name) : key(made), id(std::move(name)) {
    cjose_err error{};
    EXPECT_TRUE(cjose_jwk_set_kid(key, id.data(), id.size(), &error));
  }
  Signer(const Signer&) = delete;
  ~Signer() { cjose_jwk_release(key); }

  json::object public_part() const {
    cjose_err error{};
    std::unique_ptr<char, decltype(&std::free)> text(cjose_jwk_to_json(key, false, &error), &std::free);
    return json::parse(text.get()).as_object();
  }
  std::string sign(const std::string& payload, std::string_view algorithm, bool with_id = true,
                   const char* critical = nullptr) const {
    cjose_err error{};
    auto* header = cjose_header_new(&error);
    cjose_header_set(header, "alg", std::string(algorithm).c_str(), &error);
    if (with_id) cjose_header_set(header, "kid", id.c_str(), &error);
    if (critical) cjose_header_set_raw(header, "crit", critical, &error);
    auto* jws = cjose_jws_sign(key, header, reinterpret_cast<const std::uint8_t*>(payload.data()),
                               payload.size(), &error);
    EXPECT_NE(jws, nullptr) << error.message;
    const char* text = nullptr;
    EXPECT_TRUE(cjose_jws_export(jws, &text, &error));
    std::string out = text;
    cjose_jws_release(jws);
    cjose_header_release(header);
    return out;
  }
};

cjose_jwk_t* rsa(std::size_t bits) {
  cjose_err error{};
  const std::uint8_t exponent[] = {1, 0, 1};
  return cjose_jwk_create_RSA_random(bits, exponent, sizeof exponent, &error);
}
cjose_jwk_t* curve(cjose_jwk_ec_curve which) {
  cjose_err error{};
  return cjose_jwk_create_EC_random(which, &error);
}

class IdTokenTest : public testing::Test {
 protected:
  // One key for all tests: making one takes a while.
  static void SetUpTestSuite() {
    rsa_ = new Signer(rsa(2048), "r1");
    ec_ = new Signer(curve(CJOSE_JWK_EC_P_256), "e1");
  }
  static void TearDownTestSuite() {
    delete rsa_;
    delete ec_;
  }
  static std::string key_set(std::initializer_list<json::object> keys) {
    return json::serialize(json::object{{"keys", json::array(keys.begin(), keys.end())}});
  }
  static json::object claims() {
    return {{"iss", "https://sso.example.org"},
            {"sub", "s-1"},
            {"aud", "vedette"},
            {"exp", kNow + 300},
            {"iat", kNow},
            {"nonce", "n"},
            {"name", "Linh"}};
  }
  Result<json::object> verify(const std::string& token, const std::string& keys) {
    return verify_id_token(token, *KeySet::parse(keys), expected);
  }
  Result<json::object> verify(const json::object& given) {
    return verify(rsa_->sign(json::serialize(given), "RS256"),
                  key_set({rsa_->public_part(), ec_->public_part()}));
  }
  // What is wrong with the claims once `name` is changed.
  std::string said(std::string_view name, json::value value) {
    auto given = claims();
    given[name] = std::move(value);
    auto out = verify(given);
    return out ? "" : out.error().message();
  }

  static inline Signer *rsa_, *ec_;
  Expected expected{"https://sso.example.org", "vedette", "n", from_unix_ms(kNow * 1000)};
};

TEST_F(IdTokenTest, EveryAlgorithmThatIsTaken) {
  auto p384 = Signer(curve(CJOSE_JWK_EC_P_384), "e2");
  auto p521 = Signer(curve(CJOSE_JWK_EC_P_521), "e3");
  auto keys = key_set({rsa_->public_part(), ec_->public_part(), p384.public_part(), p521.public_part()});
  auto payload = json::serialize(claims());
  for (const char* name : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    EXPECT_TRUE(verify(rsa_->sign(payload, name), keys)) << name;
  EXPECT_TRUE(verify(ec_->sign(payload, "ES256"), keys));
  EXPECT_TRUE(verify(p384.sign(payload, "ES384"), keys));
  EXPECT_TRUE(verify(p521.sign(payload, "ES512"), keys));
  EXPECT_EQ(verify(rsa_->sign(payload, "RS256"), keys)->at("sub").as_string(), "s-1");
}

TEST_F(IdTokenTest, UnsignedTokensAreRefused) {
  auto payload = json::serialize(claims());
  auto keys = key_set({rsa_->public_part()});
  auto token = rsa_->sign(payload, "RS256");
  auto body = token.substr(token.find('.') + 1);
  body = body.substr(0, body.find('.'));
  // {"alg":"none"}, {"alg":"None"}, {"typ":"JWT"}
  for (const char* header : {"eyJhbGciOiJub25lIn0", "eyJhbGciOiJOb25lIn0", "eyJ0eXAiOiJKV1QifQ"}) {
    EXPECT_FALSE(verify(std::string(header) + "." + body + ".", keys)) << header;
    EXPECT_FALSE(verify(std::string(header) + "." + body + token.substr(token.rfind('.')), keys)) << header;
  }
}

TEST_F(IdTokenTest, APublicKeyIsNoSharedSecret) {
  // The known confusion: HS256 with the bytes of the public key, which everybody has.
  auto published = json::serialize(rsa_->public_part());
  cjose_err error{};
  Signer secret(cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(published.data()),
                                          published.size(), &error),
                "r1");
  auto token = secret.sign(json::serialize(claims()), "HS256");
  auto out = verify(token, key_set({rsa_->public_part()}));
  ASSERT_FALSE(out);
  EXPECT_NE(out.error().message().find("HS256"), std::string::npos);
  // Not even where the provider's own set holds it.
  std::unique_ptr<char, decltype(&std::free)> whole(cjose_jwk_to_json(secret.key, true, &error), &std::free);
  auto keys = KeySet::parse(key_set({json::parse(whole.get()).as_object(), rsa_->public_part()}));
  EXPECT_EQ(keys->size(), 1U);
  EXPECT_FALSE(verify_id_token(token, *keys, expected));
}

TEST_F(IdTokenTest, AnotherKeyOrAChangedTokenIsRefused) {
  auto payload = json::serialize(claims());
  auto token = rsa_->sign(payload, "RS256");
  EXPECT_EQ(verify(token, key_set({ec_->public_part()})).error().code(), ErrorCode::kNotFound)
      << "fetch the keys anew";
  Signer stranger(rsa(2048), "r1");
  EXPECT_EQ(verify(stranger.sign(payload, "RS256"), key_set({rsa_->public_part()})).error().code(),
            ErrorCode::kUnauthorized);
  auto changed = token;
  changed[changed.find('.') + 9] ^= 1;
  EXPECT_FALSE(verify(changed, key_set({rsa_->public_part()})));
  EXPECT_FALSE(verify(rsa_->sign(payload, "RS256", true, R"(["exp"])"), key_set({rsa_->public_part()})))
      << "crit";
  auto bound = rsa_->public_part();
  bound["alg"] = "RS512";
  EXPECT_FALSE(verify(token, key_set({bound}))) << "a key for another algorithm";
  bound = rsa_->public_part();
  bound["use"] = "enc";
  EXPECT_FALSE(verify(token, key_set({bound}))) << "a key for encryption";
}

TEST_F(IdTokenTest, WithoutAKeyIdEveryKeyThatFitsIsTried) {
  Signer other(rsa(2048), "r0");
  auto keys = key_set({other.public_part(), ec_->public_part(), rsa_->public_part()});
  EXPECT_TRUE(verify(rsa_->sign(json::serialize(claims()), "RS256", false), keys));
}

TEST_F(IdTokenTest, WeakAndUnreadableKeysAreLeftOut) {
  Signer weak(rsa(1024), "w");
  json::object broken{{"kty", "EC"}, {"crv", "P-256"}, {"x", "AA"}, {"y", "AA"}};
  EXPECT_EQ(KeySet::parse(key_set({weak.public_part(), broken, json::object{{"kty", "OKP"}}}))->size(), 0U);
  for (const char* no_set : {"", "[]", "{}", R"({"keys":1})", R"({"keys":[)"})
    EXPECT_FALSE(KeySet::parse(no_set)) << no_set;
}

TEST_F(IdTokenTest, EveryClaimMustFit) {
  EXPECT_EQ(said("iss", "https://sso.example.org"), "");
  EXPECT_NE(said("iss", "https://sso.example.org/"), "");
  EXPECT_NE(said("aud", "other"), "");
  EXPECT_NE(said("aud", json::array{"other"}), "");
  EXPECT_EQ(said("aud", json::array{"vedette"}), "");
  EXPECT_NE(said("aud", json::array{"vedette", "other"}), "") << "several, and none is named as the party";
  EXPECT_EQ(said("azp", "vedette"), "");
  EXPECT_NE(said("azp", "other"), "");
  EXPECT_EQ(said("exp", kNow - 59), "") << "the clocks may differ by a minute";
  EXPECT_NE(said("exp", kNow - 60), "");
  EXPECT_NE(said("exp", "tomorrow"), "");
  EXPECT_NE(said("exp", nullptr), "");
  EXPECT_EQ(said("iat", kNow + 60), "");
  EXPECT_NE(said("iat", kNow + 61), "");
  EXPECT_EQ(said("nbf", kNow + 60), "");
  EXPECT_NE(said("nbf", kNow + 61), "");
  EXPECT_NE(said("nbf", "soon"), "");
  EXPECT_NE(said("nonce", "m"), "");
  EXPECT_NE(said("nonce", nullptr), "");
  EXPECT_NE(said("sub", ""), "");
  EXPECT_NE(said("sub", 7), "");
  EXPECT_NE(said("sub", json::string(std::string(256, 's'))), "");
  expected.nonce = "";
  EXPECT_NE(said("nonce", ""), "") << "without one of ours nothing fits";
}

TEST_F(IdTokenTest, ClaimsAreFoundByNameOrByPath) {
  auto claims =
      json::parse(R"({"groups":["a","b",3],"one":"a","realm":{"roles":["x"]},"https://example.org/g":["y"],
                                "realm.roles":["z"]})")
          .as_object();
  using Texts = std::vector<std::string>;
  EXPECT_EQ(claim_texts(claims, "groups"), (Texts{"a", "b"}));
  EXPECT_EQ(claim_texts(claims, "one"), Texts{"a"});
  EXPECT_EQ(claim_texts(claims, "realm.roles"), Texts{"z"}) << "its own name goes first";
  claims.erase("realm.roles");
  EXPECT_EQ(claim_texts(claims, "realm.roles"), Texts{"x"});
  EXPECT_EQ(claim_texts(claims, "https://example.org/g"), Texts{"y"});
  for (const char* none : {"", ".", "realm", "realm.", "realm.roles.x", "none", "one.two"})
    EXPECT_TRUE(claim_texts(claims, none).empty()) << none;
}

TEST_F(IdTokenTest, LargeOrDeepInputIsRefused) {
  EXPECT_FALSE(verify(std::string(kIdTokenBytesMax + 1, 'a'), key_set({rsa_->public_part()})));
  EXPECT_FALSE(KeySet::parse(std::string(kKeySetBytesMax + 1, ' ')));
  std::string deep = R"({"keys":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_FALSE(KeySet::parse(deep));
}

}  // namespace
}  // namespace vedette::server
