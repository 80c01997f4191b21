// A DNS responder on a loopback UDP port for tests: it answers from a small zone, byte by byte as RFC 1035
// says.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vedette::net::testing_server {

inline std::string wire_name(const std::string& name) {
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
inline std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

class DnsResponder {
 public:
  // (name, type) → rdata of each record; a name that is not there is NXDOMAIN, "silent." is never answered.
  std::map<std::pair<std::string, int>, std::vector<std::string>> zone;
  bool refusing = false;  // answers REFUSED, whatever is asked
  std::mutex mutex;       // for changes to both while it serves

  DnsResponder() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
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
  ~DnsResponder() {
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
    std::lock_guard lock(mutex);
    bool exists = false;
    for (const auto& [key, records] : zone) exists = exists || key.first == name;
    auto found = zone.find({name, type});
    std::size_t count = refusing || found == zone.end() ? 0 : found->second.size();
    std::string out = std::string(query, 2) + '\x85' +
                      (refusing ? '\x85'
                       : exists ? '\x80'
                                : '\x83') +
                      u16(1) + u16(static_cast<unsigned>(count)) + u16(0) + u16(0) +
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

}  // namespace vedette::net::testing_server
