#include "files/guard/smb_client.h"

#include <gtest/gtest.h>

namespace vedette::files {
namespace {

TEST(SmbClientTest, ALineOfTheTableOfConnections) {
  auto v4 = parse_tcp_line(
      "   3: 0100007F:01BD 4D0200C0:D2F0 01 00000000:00000000 02:000A4B3C 00000000     0        0 48213 2 "
      "0000000000000000 20 4 30 10 -1");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->local_port, 445);
  EXPECT_EQ(v4->remote, "192.0.2.77");
  EXPECT_EQ(v4->inode, 48213U);
  EXPECT_TRUE(v4->established);
  EXPECT_FALSE(v4->listening);
}

TEST(SmbClientTest, AddressesOfBothFamilies) {
  const std::string rest = ":D2F0 01 00000000:00000000 02:0 0     0        0 48213 2 0";
  auto mapped =
      parse_tcp_line("0: 0000000000000000FFFF00000100007F:01BD 0000000000000000FFFF00004D0200C0" + rest);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->remote, "192.0.2.77") << "IPv4 on a socket of IPv6";
  auto v6 =
      parse_tcp_line("0: 00000000000000000000000001000000:01BD B80D0120000000000000000005000000" + rest);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->remote, "2001:db8::5");
}

TEST(SmbClientTest, WhatIsNoSuchLineIsNothing) {
  EXPECT_FALSE(parse_tcp_line(""));
  EXPECT_FALSE(parse_tcp_line(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"));
  EXPECT_FALSE(parse_tcp_line("0: 0100007F:01BD 4D02:D2F0 01 0:0 02:0 0 0 0 48213 2 0"));
  EXPECT_FALSE(parse_tcp_line("0: 0100007F:XX 4D0200C0:D2F0 01 0:0 02:0 0 0 0 48213 2 0"));
}

TEST(SmbClientTest, AUserThatIsNotListedIsANumber) {
  const std::string_view passwd = "root:x:0:0::/root:/bin/sh\nbroken\nlan:x:1004:100:Lan:/home/lan:/bin/sh\n";
  EXPECT_EQ(user_name(passwd, 1004), "lan");
  EXPECT_EQ(user_name(passwd, 100), "uid 100");
}

TEST(SmbClientTest, NobodyElseHasAClient) { EXPECT_EQ(smb_client_of(1, "/usr/bin/bash", 0), ""); }

}  // namespace
}  // namespace vedette::files
