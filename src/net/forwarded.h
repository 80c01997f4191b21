// Whom a request comes from: the peer, or, behind a trusted reverse proxy, the client that the proxy names.
// Immutable once made; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::net {

class TrustedProxies {
 public:
  // Addresses or CIDR networks, IPv4 or IPv6.
  static Result<TrustedProxies> make(const std::vector<std::string>& networks);

  bool trusts(std::string_view address) const;

  struct Origin {
    std::string address;
    bool secure = false;
  };
  // `forwarded_for` and `forwarded_proto` are the header values; believed only when `peer` is trusted. The
  // list is read from its end: the first address that is no trusted proxy is the client.
  Origin origin(std::string_view peer, bool secure, std::optional<std::string_view> forwarded_for,
                std::optional<std::string_view> forwarded_proto) const;

 private:
  struct Network {
    std::array<unsigned char, 16> address{};  // IPv4 as ::ffff:a.b.c.d
    unsigned bits = 128;
  };
  std::vector<Network> networks_;
};

}  // namespace vedette::net
