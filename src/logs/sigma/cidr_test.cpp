#include "logs/sigma/cidr.h"

#include <gtest/gtest.h>

namespace vedette::logs::sigma {
namespace {

bool in(std::string_view address, std::string_view network) {
  auto parsed = parse_network(network);
  auto asked = parse_address(address);
  return parsed && asked && parsed->contains(*asked);
}

TEST(CidrTest, TellsWhatIsInside) {
  EXPECT_TRUE(in("10.255.0.1", "10.0.0.0/8"));
  EXPECT_FALSE(in("11.0.0.1", "10.0.0.0/8"));
  EXPECT_TRUE(in("172.31.255.255", "172.16.0.0/12"));
  EXPECT_FALSE(in("172.32.0.0", "172.16.0.0/12"));
  EXPECT_TRUE(in("1.2.3.4", "0.0.0.0/0"));
  EXPECT_TRUE(in("1.2.3.4", "1.2.3.4"));
  EXPECT_TRUE(in("fe80::1", "fe80::/10"));
  EXPECT_FALSE(in("fec0::1", "fe80::/10"));
  EXPECT_TRUE(in("::ffff:10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(in("10.1.2.3", "::ffff:10.0.0.0/104"));
  EXPECT_FALSE(in("::1", "0.0.0.0/0"));
}

TEST(CidrTest, RefusesWhatIsNone) {
  for (auto text :
       {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "::/129", "host/8", "10.0.0.0/8x"})
    EXPECT_FALSE(parse_network(text)) << text;
  EXPECT_FALSE(parse_address("10.0.0.1 "));
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
}

}  // namespace
}  // namespace vedette::logs::sigma
