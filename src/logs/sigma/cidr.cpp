#include "logs/sigma/cidr.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace vedette::logs::sigma {
namespace {

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  char buffer[64];
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != text.npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = 0;
  Address out;
  if (text.find(':') == text.npos)
    return ::inet_pton(AF_INET, buffer, out.bytes.data()) == 1 ? std::optional(out) : std::nullopt;
  if (::inet_pton(AF_INET6, buffer, out.bytes.data()) != 1) return std::nullopt;
  out.v6 = true;
  if (std::memcmp(out.bytes.data(), kMapped, sizeof kMapped) != 0) return out;
  Address v4;
  std::memcpy(v4.bytes.data(), out.bytes.data() + sizeof kMapped, 4);
  return v4;
}

bool Network::contains(const Address& other) const {
  if (other.v6 != address.v6) return false;
  const std::size_t whole = bits / 8u, rest = bits % 8u;
  if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
  return rest == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool written_v6 = text.substr(0, slash).find(':') != text.npos;
  unsigned most = written_v6 ? 128 : 32, bits = most;
  if (slash != text.npos) {
    const auto* end = text.data() + text.size();
    auto [at, failed] = std::from_chars(text.data() + slash + 1, end, bits);
    if (failed != std::errc() || at != end || bits > most) return std::nullopt;
  }
  if (written_v6 && !address->v6) {  // ::ffff:10.0.0.0/104
    if (bits < 96) return std::nullopt;
    bits -= 96;
  }
  return Network{*address, static_cast<std::uint8_t>(bits)};
}

}  // namespace vedette::logs::sigma
