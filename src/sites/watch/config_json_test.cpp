#include "sites/watch/config_json.h"

#include <gtest/gtest.h>

#include "sites/watch/site_memory.h"

namespace vedette::sites {
namespace {

SiteConfig config() {
  SiteConfig c;
  c.name = "Example";
  c.url = "https://example.org/";
  c.interval = std::chrono::seconds(90);
  c.render = RenderPolicy::kNever;
  c.tags = {"one", "hai"};
  c.headers = {{"Authorization", "Digest abc-HEADER"}, {"X-Key", "k\"1"}};
  c.proxy = "http://user:PROXYWORD@proxy.example:3128";
  c.basic_user = "duty";
  c.basic_password = Secret("mật khẩu PASSWORD");
  c.bearer_token = Secret("TOKEN");
  c.verify_tls = false;
  return c;
}
const store::SecretBox kBox(Secret("a master key of the test"), "site secrets");

TEST(ConfigJson, KeepsEverythingAndShowsNoSecret) {
  const auto text = config_to_json(config(), kBox);
  for (std::string_view secret : {"HEADER", "PROXYWORD", "PASSWORD", "TOKEN", "X-Key"})
    EXPECT_EQ(text.find(secret), std::string::npos) << text;
  auto back = config_from_json(text, kBox);
  ASSERT_TRUE(back) << back.error().full();
  EXPECT_FALSE(back->clear || back->lost);
  EXPECT_EQ(back->config.headers, config().headers);
  EXPECT_EQ(back->config.proxy, config().proxy);
  EXPECT_EQ(back->config.basic_password, config().basic_password);
  EXPECT_EQ(back->config.bearer_token, config().bearer_token);
  EXPECT_EQ(back->config.interval, config().interval);
  EXPECT_EQ(back->config.render, config().render);
  EXPECT_EQ(back->config.tags, config().tags);
  EXPECT_FALSE(back->config.verify_tls);
}

TEST(ConfigJson, AnotherKeyLosesTheSecretsOnly) {
  const store::SecretBox other(Secret("another master key"), "site secrets");
  auto back = config_from_json(config_to_json(config(), kBox), other);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->lost);
  EXPECT_EQ(back->config.url, config().url);
  EXPECT_TRUE(back->config.headers.empty() && back->config.bearer_token.empty());
}

TEST(ConfigJson, RowsOfBeforeAreReadAndToldApart) {
  auto old = config_from_json(
      R"({"url":"https://example.org/","headers":[["X","1"]],"proxy":"","basic_password":"p","bearer_token":""})",
      kBox);
  ASSERT_TRUE(old);
  EXPECT_TRUE(old->clear);
  EXPECT_EQ(old->config.basic_password.reveal(), "p");
  auto plain = config_from_json(R"({"url":"https://example.org/","headers":[],"bearer_token":""})", kBox);
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->clear);
  EXPECT_EQ(config_to_json(plain->config, kBox).find("sealed"), std::string::npos);
  EXPECT_FALSE(config_from_json("[]", kBox));
}

}  // namespace
}  // namespace vedette::sites
