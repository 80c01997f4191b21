// Against a real DNS responder on a loopback UDP port: it answers from a small zone, byte by byte as RFC 1035
// says.
#include "net/dns.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <thread>

namespace vedette::net {
namespace {

using std::chrono::milliseconds;

std::string wire_name(const std::string& name) {
  std::string out;
  std::size_t from = 0;
  while (from < name.size()) {
    auto dot = std::min(name.find('.', from), name.size());
    out += static_cast<char>(dot - from);
    out += name.substr(from, dot - from);
    from = dot + 1;
  }
  return out + '\0';
}
std::string u16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

class Responder {
 public:
  // (name, type) → rdata of each record; a name that is not there is NXDOMAIN, "silent." is never answered.
  std::map<std::pair<std::string, int>, std::vector<std::string>> zone;

  Responder() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    timeval often{0, 50'000};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
  }
  void serve() {
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) answer_one();
    });
  }
  ~Responder() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  void answer_one() {
    char query[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto got = ::recvfrom(socket_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 17) return;
    std::string name;
    std::size_t at = 12;
    while (query[at] != 0) {
      auto length = static_cast<std::size_t>(query[at]);
      name += (name.empty() ? "" : ".") + std::string(query + at + 1, length);
      at += length + 1;
    }
    int type = static_cast<unsigned char>(query[at + 1]) << 8 | static_cast<unsigned char>(query[at + 2]);
    if (name == "silent.test") return;
    bool exists = false;
    for (const auto& [key, records] : zone) exists = exists || key.first == name;
    auto found = zone.find({name, type});
    std::size_t count = found == zone.end() ? 0 : found->second.size();
    std::string out = std::string(query, 2) + '\x85' + (exists ? '\x80' : '\x83') + u16(1) +
                      u16(static_cast<unsigned>(count)) + u16(0) + u16(0) +
                      std::string(query + 12, at + 5 - 12);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& data = found->second[i];
      out += u16(0xc00c) + u16(static_cast<unsigned>(type)) + u16(1) + u16(0) + u16(60) +
             u16(static_cast<unsigned>(data.size())) + data;
    }
    ::sendto(socket_, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }

  int socket_;
  int port_ = 0;
  std::jthread thread_;
};

TEST(Dns, ReadsEveryTypeSorted) {
  Responder dns;
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
  Responder dns;
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
