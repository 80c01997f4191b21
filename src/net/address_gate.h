// The address gate: which peers a server that fetches foreign addresses must never connect to (SSRF).
//
// It looks at the address a connection is about to be made to, after DNS, so that neither a name nor a
// redirect nor a second DNS answer leads elsewhere. Always refused: "this network", link-local with the cloud
// metadata services (169.254.0.0/16, fe80::/10, fd00:ec2::254, 100.100.100.200, 192.0.0.192), multicast,
// reserved, broadcast. Loopback unless allowed. IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is
// unpacked and judged as IPv4. Private ranges are allowed: organisations watch their own intranets. Whoever
// follows what the outside says asks inner_address() as well. Pure, thread-safe.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace vedette::net {

bool refused_address(const sockaddr& address, bool allow_loopback);

// An address of an organisation's own network or of this machine: RFC 1918, 100.64.0.0/10 (RFC 6598),
// fc00::/7, fec0::/10, 64:ff9b:1::/48 (RFC 8215), loopback; IPv4 inside IPv6 as above.
bool inner_address(const sockaddr& address);

// "10.0.0.5", "fd12::1"; empty for other families.
std::string address_text(const sockaddr& address);

// refused_address() for a host as written in a URL (without brackets), when it is a literal address or a
// localhost name; false for every other name: only its addresses tell.
bool refused_literal(std::string_view host, bool allow_loopback);
// inner_address(), in the same way.
bool inner_literal(std::string_view host);

}  // namespace vedette::net
