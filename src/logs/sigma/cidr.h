// A network as rules write it ("10.0.0.0/8", "fe80::/10") and whether an address is in it. An IPv4 address
// that is written as IPv6 (::ffff:10.1.2.3) is the IPv4 address. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::logs::sigma {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  bool v6 = false;
};
std::optional<Address> parse_address(std::string_view text);

struct Network {
  Address address;
  std::uint8_t bits = 0;  // of the prefix
  bool contains(const Address& address) const;
};
// Without a prefix: the one address.
std::optional<Network> parse_network(std::string_view text);

}  // namespace vedette::logs::sigma
