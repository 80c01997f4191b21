// RequestGate: the only way out for a confined program (the rendering Chromium): an HTTP proxy (RFC 9110
// CONNECT and absolute-form requests) on a port of 127.0.0.1 that this process serves itself.
//
// It resolves the name, refuses addresses that foreign pages must not reach (link-local with the cloud
// metadata services, unspecified, multicast; loopback unless allowed; for pages of the outside private
// networks and loopback, but for hosts that are known as inner ones) and connects to the very address it has
// checked, so that a second DNS answer cannot lead elsewhere. A connection is served by a thread of its own;
// their number, the bytes and the time of each are limited. Only processes of one user may use it. Behind the
// organisation's own proxy that proxy resolves names: literal addresses and what the name means here are
// checked all the same.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::net {

struct RequestGateOptions {
  bool allow_loopback = false;
  bool from_outside = false;  // serves pages of the outside: see inner_address()
  // Hosts (without brackets) and ports that they may reach all the same. On the connection's thread.
  std::function<bool(std::string_view host, std::uint16_t port)> inner_host;
  std::string proxy;     // http://[user:password@]host:port or empty
  uid_t client_uid = 0;  // who may connect
  std::size_t connections_max = 128;
  std::uint64_t bytes_max = 128u << 20;  // of one connection, both directions
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds idle_timeout{30'000};
};

struct GateCounts {
  std::uint64_t served = 0, refused = 0, dropped = 0, bytes = 0;
};

class RequestGate {
 public:
  virtual ~RequestGate() = default;  // closes every connection and joins its threads
  virtual std::uint16_t port() const = 0;
  virtual GateCounts counts() const = 0;
  // Whether a connection to this host was refused for its address (of the last 1,024): for the page's list.
  virtual bool refused(const std::string& host) const = 0;
};

// Whether this name leads into the organisation's own network, or to this machine, and nowhere else. Asks DNS
// and waits for it; false when it has no answer.
bool only_private(const std::string& host);

Result<std::unique_ptr<RequestGate>> make_request_gate(RequestGateOptions options);

}  // namespace vedette::net
