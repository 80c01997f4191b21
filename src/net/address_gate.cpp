#include "net/address_gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>
#include <optional>

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

bool private_v4(std::uint32_t address) {  // host byte order
  return (address >> 24) == 10 || (address >> 20) == 0xAC1 || (address >> 16) == 0xC0A8 ||
         (address >> 22) == (0x64400000u >> 22);
}

// The IPv4 address that an IPv6 one stands for.
std::optional<std::uint32_t> embedded_v4(const std::uint8_t* b) {
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr std::uint8_t kTranslated[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};  // RFC 2765
  static constexpr std::uint8_t kNat64[12] = {0x00, 0x64, 0xff, 0x9b};
  static constexpr std::uint8_t kCompatible[12] = {};
  for (const auto* prefix : {kMapped, kTranslated, kNat64, kCompatible}) {
    if (std::memcmp(b, prefix, 12) == 0) return v4_at(b + 12);
  }
  if (b[0] == 0x20 && b[1] == 0x02) return v4_at(b + 2);                                        // 6to4
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0) return ~v4_at(b + 12);            // Teredo
  if ((b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe) return v4_at(b + 12);  // ISATAP
  return std::nullopt;
}

bool refused_v6(const in6_addr& address, bool allow_loopback) {
  const std::uint8_t* b = address.s6_addr;
  static constexpr std::uint8_t kZero[15] = {};
  static constexpr std::uint8_t kAwsMetadata[16] = {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0,    0,
                                                    0,    0,    0,    0,    0, 0, 0x02, 0x54};
  static constexpr std::uint8_t kGoogleMetadata[16] = {0xfd, 0x20, 0x00, 0xce, 0, 0, 0,    0,
                                                       0,    0,    0,    0,    0, 0, 0x02, 0x54};
  if (std::memcmp(b, kZero, 15) == 0) return b[15] == 1 ? !allow_loopback : true;
  if (auto v4 = embedded_v4(b); v4 && refused_v4(*v4, allow_loopback)) return true;
  if (b[0] == 0xff) return true;
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return true;
  return std::memcmp(b, kAwsMetadata, 16) == 0 || std::memcmp(b, kGoogleMetadata, 16) == 0;
}

bool private_v6(const in6_addr& address) {
  const std::uint8_t* b = address.s6_addr;
  static constexpr std::uint8_t kLocalNat64[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
  if (auto v4 = embedded_v4(b); v4 && private_v4(*v4)) return true;
  return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) ||
         std::memcmp(b, kLocalNat64, 6) == 0;
}

bool loopback(const sockaddr& address) {
  return refused_address(address, false) && !refused_address(address, true);
}

// A literal address as a socket address; other families than these do not come.
std::optional<sockaddr_storage> literal_address(std::string_view host) {
  const std::string text(host);
  sockaddr_storage storage{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&storage, &v4, sizeof v4);
    return storage;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    std::memcpy(&storage, &v6, sizeof v6);
    return storage;
  }
  return std::nullopt;
}

bool localhost_name(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

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

bool inner_address(const sockaddr& address) {
  if (loopback(address)) return true;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return private_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return private_v6(v6.sin6_addr);
}

std::string address_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
}

bool refused_literal(std::string_view host, bool allow_loopback) {
  if (auto address = literal_address(host))
    return refused_address(reinterpret_cast<const sockaddr&>(*address), allow_loopback);
  return !allow_loopback && localhost_name(host);
}

bool inner_literal(std::string_view host) {
  if (auto address = literal_address(host)) return inner_address(reinterpret_cast<const sockaddr&>(*address));
  return localhost_name(host);
}

}  // namespace vedette::net
