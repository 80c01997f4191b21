#include "net/forwarded.h"

#include <gtest/gtest.h>

namespace vedette::net {
namespace {

TEST(TrustedProxies, BelievesOnlyTheTrusted) {
  const auto proxies = TrustedProxies::make({"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"});
  ASSERT_TRUE(proxies.has_value());
  EXPECT_TRUE(proxies->trusts("10.255.0.1"));
  EXPECT_TRUE(proxies->trusts("::ffff:10.1.1.1"));
  EXPECT_TRUE(proxies->trusts("2001:db8:1::1"));
  EXPECT_FALSE(proxies->trusts("11.0.0.1"));
  EXPECT_FALSE(proxies->trusts("192.0.2.8"));
  EXPECT_FALSE(proxies->trusts("nonsense"));

  EXPECT_EQ(proxies->origin("203.0.113.9", false, "1.2.3.4", "https").address, "203.0.113.9");
  EXPECT_FALSE(proxies->origin("203.0.113.9", false, "1.2.3.4", "https").secure);
  EXPECT_EQ(proxies->origin("10.0.0.1", false, "1.2.3.4", "https").address, "1.2.3.4");
  EXPECT_TRUE(proxies->origin("10.0.0.1", false, "1.2.3.4", "https").secure);
}

TEST(TrustedProxies, IgnoresWhatTheClientPutInFront) {
  const auto proxies = TrustedProxies::make({"10.0.0.0/8"});
  EXPECT_EQ(proxies->origin("10.0.0.1", false, "127.0.0.1, 203.0.113.9, 10.2.2.2", {}).address,
            "203.0.113.9");
  EXPECT_EQ(proxies->origin("10.0.0.1", false, "10.3.3.3, 10.2.2.2", {}).address, "10.3.3.3");
  EXPECT_EQ(proxies->origin("10.0.0.1", false, "1.1.1.1, <script>", {}).address, "10.0.0.1");
  EXPECT_FALSE(proxies->origin("10.0.0.1", false, {}, "https, http").secure);
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* text : {"proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", ""}) {
    EXPECT_FALSE(TrustedProxies::make({text}).has_value()) << text;
  }
}

}  // namespace
}  // namespace vedette::net
