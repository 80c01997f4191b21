#include "net/address_gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace vedette::net {
namespace {

sockaddr_storage parsed(const char* text) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1) << text;
    v6->sin6_family = AF_INET6;
  }
  return storage;
}
bool refused(const char* text, bool allow_loopback = false) {
  const auto address = parsed(text);
  return refused_address(reinterpret_cast<const sockaddr&>(address), allow_loopback);
}
bool inner(const char* text) {
  const auto address = parsed(text);
  return inner_address(reinterpret_cast<const sockaddr&>(address));
}

TEST(AddressGate, RefusesMetadataAndLinkLocalAlways) {
  for (auto text : {"169.254.169.254", "169.254.0.1", "100.100.100.200", "192.0.0.192", "fe80::1", "febf::1",
                    "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
                    "2001:0:1:2:3:4:5601:5601", "::169.254.169.254"}) {
    EXPECT_TRUE(refused(text, true)) << text;
  }
}

TEST(AddressGate, RefusesWhatIsNoHost) {
  for (auto text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "ff02::1"}) {
    EXPECT_TRUE(refused(text, true)) << text;
  }
}

TEST(AddressGate, LoopbackOnlyWhereAllowed) {
  for (auto text :
       {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"}) {
    EXPECT_TRUE(refused(text, false)) << text;
    EXPECT_FALSE(refused(text, true)) << text;
  }
}

TEST(AddressGate, LetsPublicAndPrivateAddressesThrough) {
  for (auto text : {"93.184.216.34", "10.1.2.3", "192.168.1.1", "172.16.0.1", "2606:2800:220:1::1", "fd12::1",
                    "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(refused(text)) << text;
  }
}

TEST(AddressGate, KnowsTheOwnNetworkInEveryForm) {
  for (auto text : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1",
                    "127.9.9.9", "::1", "fd12::1", "fc00::1", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1",
                    "64:ff9b::a00:1", "64:ff9b:1::5db8:d822", "2002:a00:1::1", "2001:0:1:2:3:4:f5ff:fffe",
                    "2001:db8::5efe:10.0.0.1", "::ffff:0:10.0.0.1"}) {
    EXPECT_TRUE(inner(text)) << text;
    EXPECT_TRUE(inner_literal(text)) << text;
  }
  for (auto text :
       {"93.184.216.34", "172.32.0.1", "192.169.0.1", "100.128.0.1", "11.0.0.1", "2606:2800:220:1::1",
        "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1"}) {
    EXPECT_FALSE(inner(text)) << text;
    EXPECT_FALSE(inner_literal(text)) << text;
  }
  EXPECT_TRUE(inner_literal("localhost"));
  EXPECT_FALSE(inner_literal("localhost.example.org"));
  const auto v4 = parsed("10.1.2.3"), v6 = parsed("fd12::1");
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr&>(v4)), "10.1.2.3");
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr&>(v6)), "fd12::1");
}

TEST(AddressGate, Literals) {
  EXPECT_TRUE(refused_literal("169.254.169.254", true));
  EXPECT_TRUE(refused_literal("localhost", false));
  EXPECT_TRUE(refused_literal("app.localhost", false));
  EXPECT_FALSE(refused_literal("localhost", true));
  EXPECT_TRUE(refused_literal("::1", false));
  EXPECT_FALSE(refused_literal("example.org", false));
}

TEST(AddressGate, UnpacksIsatapAndTranslatedAddresses) {
  for (const char* text : {"168.63.129.16", "fd20:ce::254", "2001:db8::5efe:a9fe:a9fe",
                           "2001:db8::200:5efe:a9fe:a9fe", "::ffff:0:169.254.169.254"}) {
    EXPECT_TRUE(refused_literal(text, true)) << text;
  }
  EXPECT_TRUE(refused_literal("::ffff:0:127.0.0.1", false));
  EXPECT_FALSE(refused_literal("::ffff:0:127.0.0.1", true));
  EXPECT_FALSE(refused_literal("2001:db8::5efe:808:808", false));
}

}  // namespace
}  // namespace vedette::net
