#include "net/address_gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace vedette::net {
namespace {

bool refused(const char* text, bool allow_loopback = false) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1) << text;
    v6->sin6_family = AF_INET6;
  }
  return refused_address(reinterpret_cast<const sockaddr&>(storage), allow_loopback);
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
