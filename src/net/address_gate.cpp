#include "net/address_gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace vedette::net {
namespace {

bool refused_v4(std::uint32_t address, bool allow_loopback) {  // host byte order
  std::uint32_t a = address >> 24;
  if (a == 127) return !allow_loopback;
  if (a == 0 || a >= 224) return true;         // "this network", multicast, reserved, broadcast
  if ((address >> 16) == 0xA9FE) return true;  // 169.254/16: link-local, cloud metadata
  if (address == 0x646464C8u) return true;     // 100.100.100.200: Alibaba Cloud metadata
  if (address == 0xC00000C0u) return true;     // 192.0.0.192: Oracle Cloud metadata
  if (address == 0xA83F8110u) return true;     // 168.63.129.16: Azure's wire server
  return false;
}

std::uint32_t v4_at(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

bool refused_v6(const in6_addr& address, bool allow_loopback) {
  const std::uint8_t* b = address.s6_addr;
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr std::uint8_t kTranslated[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
  static constexpr std::uint8_t kNat64[12] = {0x00, 0x64, 0xff, 0x9b};
  static constexpr std::uint8_t kZero[15] = {};
  static constexpr std::uint8_t kAwsMetadata[16] = {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0,    0,
                                                    0,    0,    0,    0,    0, 0, 0x02, 0x54};
  static constexpr std::uint8_t kGoogleMetadata[16] = {0xfd, 0x20, 0x00, 0xce, 0, 0, 0,    0,
                                                       0,    0,    0,    0,    0, 0, 0x02, 0x54};
  if (std::memcmp(b, kZero, 15) == 0) return b[15] == 1 ? !allow_loopback : true;
  if (std::memcmp(b, kMapped, 12) == 0 || std::memcmp(b, kNat64, 12) == 0 || std::memcmp(b, kZero, 12) == 0) {
    return refused_v4(v4_at(b + 12), allow_loopback);
  }
  if (b[0] == 0x20 && b[1] == 0x02) return refused_v4(v4_at(b + 2), allow_loopback);  // 6to4
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0)
    return refused_v4(~v4_at(b + 12), allow_loopback);  // Teredo
  // ISATAP (RFC 5214) and IPv4-translated addresses (RFC 2765).
  if ((b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe &&
      refused_v4(v4_at(b + 12), allow_loopback)) {
    return true;
  }
  if (std::memcmp(b, kTranslated, 12) == 0) return refused_v4(v4_at(b + 12), allow_loopback);
  if (b[0] == 0xff) return true;
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return true;
  return std::memcmp(b, kAwsMetadata, 16) == 0 || std::memcmp(b, kGoogleMetadata, 16) == 0;
}

}  // namespace

bool refused_address(const sockaddr& address, bool allow_loopback) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return refused_v4(ntohl(v4.sin_addr.s_addr), allow_loopback);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return refused_v6(v6.sin6_addr, allow_loopback);
  }
  return true;
}

bool refused_literal(std::string_view host, bool allow_loopback) {
  std::string text(host);
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return refused_v4(ntohl(v4.s_addr), allow_loopback);
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return refused_v6(v6, allow_loopback);
  return !allow_loopback && (host == "localhost" || host.ends_with(".localhost"));
}

}  // namespace vedette::net
