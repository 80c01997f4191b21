// Against a real DNS responder on a loopback UDP port.
#include "net/dns.h"

#include <gtest/gtest.h>

#include "net/dns_responder.h"

namespace vedette::net {
namespace {

using std::chrono::milliseconds;
using namespace testing_server;

TEST(Dns, ReadsEveryTypeSorted) {
  DnsResponder dns;
  dns.zone[{"www.example.test", 1}] = {std::string("\x0a\0\0\2", 4), std::string("\x0a\0\0\1", 4)};
  dns.zone[{"www.example.test", 28}] = {std::string("\xfd\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16)};
  dns.zone[{"example.test", 2}] = {wire_name("NS2.example.test"), wire_name("ns1.example.test")};
  dns.zone[{"example.test", 15}] = {u16(20) + wire_name("b.example.test"),
                                    u16(10) + wire_name("a.example.test")};
  dns.serve();
  using List = std::vector<std::string>;
  auto ask = [&](const char* name, DnsType type) {
    return dns_query(name, type, dns.address(), milliseconds(2000));
  };
  EXPECT_EQ(ask("www.example.test", DnsType::kA).value(), (List{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(ask("www.example.test", DnsType::kAaaa).value(), (List{"fd12::1"}));
  EXPECT_EQ(ask("example.test", DnsType::kNs).value(), (List{"ns1.example.test", "ns2.example.test"}));
  EXPECT_EQ(ask("example.test", DnsType::kMx).value(), (List{"10 a.example.test", "20 b.example.test"}));
  EXPECT_EQ(ask("www.example.test", DnsType::kMx).value(), List{});
  EXPECT_EQ(dns_zone_servers("www.example.test", dns.address(), milliseconds(2000)).value(),
            (List{"ns1.example.test", "ns2.example.test"}));
}

TEST(Dns, TellsMissingFromSilentFromWrong) {
  DnsResponder dns;
  dns.zone[{"example.test", 1}] = {std::string("\x0a\0\0\2", 4)};
  dns.serve();
  auto code = [&](const std::string& name, const std::string& resolver) {
    auto result = dns_query(name, DnsType::kA, resolver, milliseconds(400));
    return result ? ErrorCode::kInternal : result.error().code();
  };
  EXPECT_EQ(code("nowhere.test", dns.address()), ErrorCode::kNotFound);
  EXPECT_EQ(code("silent.test", dns.address()), ErrorCode::kTimeout);
  EXPECT_EQ(code("example.test", "not an address"), ErrorCode::kInvalid);
  EXPECT_EQ(code(std::string(300, 'a'), dns.address()), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace vedette::net
