// A client of bare bytes for tests of the HTTP server: sends what no well-behaved client would.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

namespace vedette::net::testing_client {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{20, 0};  // a test that hangs must fail
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
  ~RawClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server may close early; what it said is still read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::string read_all() {
    while (more()) {
    }
    return std::exchange(seen_, {});
  }
  // Up to and with `mark`.
  std::string read_until(std::string_view mark) {
    for (;;) {
      const auto at = seen_.find(mark);
      if (at != std::string::npos) return take(at + mark.size());
      if (!more()) {
        ADD_FAILURE() << "the connection ended before \"" << mark << "\"; seen: " << seen_.substr(0, 2000);
        return std::exchange(seen_, {});
      }
    }
  }
  // One response with Content-Length or without a body.
  std::string read_response() {
    std::string head = read_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    const std::size_t length = std::stoul(head.substr(at + 16));
    while (seen_.size() < length && more()) {
    }
    return head + take(std::min(length, seen_.size()));
  }
  bool readable_within(std::chrono::milliseconds limit) {
    pollfd one{fd_, POLLIN, 0};
    return !seen_.empty() || ::poll(&one, 1, static_cast<int>(limit.count())) > 0;
  }
  static RawClient& first_readable(RawClient& a, RawClient& b) {
    pollfd both[2] = {{a.fd_, POLLIN, 0}, {b.fd_, POLLIN, 0}};
    EXPECT_GT(::poll(both, 2, 20'000), 0);
    return (both[0].revents & POLLIN) != 0 ? a : b;
  }

 private:
  std::string take(std::size_t count) {
    std::string out = seen_.substr(0, count);
    seen_.erase(0, count);
    return out;
  }
  bool more() {
    char bytes[65536];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got > 0) seen_.append(bytes, static_cast<std::size_t>(got));
    EXPECT_FALSE(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "no answer within 20 s";
    return got > 0;
  }

  int fd_;
  std::string seen_;
};

}  // namespace vedette::net::testing_client
