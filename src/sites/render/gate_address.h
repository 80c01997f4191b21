// Which addresses a rendered page must not reach. Pure functions, any thread.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace vedette::sites {

// Link-local (metadata services), unspecified and multicast addresses; loopback unless allowed. IPv4 inside
// IPv6 (mapped, 6to4, NAT64, Teredo) is judged as that IPv4 address.
bool refused_address(const sockaddr& address, bool allow_loopback);

}  // namespace vedette::sites
