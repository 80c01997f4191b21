// What a server asks of this host: orders about a file incident, and the policy. Each is JSON text signed
// with the server's command key (Ed25519, base/signature.h), so that nobody in between and nobody who took
// over the listener's certificate alone can ask for anything:
//
//   {"payload": "<JSON text>", "signature": "<base64, over the payload's bytes>"}
//
// There is no order that runs a program. Pure; hostile input: a payload is at most 256 KiB and nested 8 deep,
// lists and texts are bounded (below), unknown members are passed over, unknown kinds refused.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/logs/log_sources.h"
#include "base/clock.h"
#include "base/result.h"
#include "files/guard/incident.h"

namespace vedette::agent {

enum class OrderKind { kFreeze, kThaw, kRollback, kAllow };
std::string_view to_string(OrderKind kind);

struct Order {
  OrderKind kind = OrderKind::kFreeze;
  std::string id, incident_id;
  WallTime issued_at{}, expires_at{};
  WallTime until{};  // kAllow
};

struct Policy {
  static constexpr std::size_t kTreesMax = 64, kExcludesMax = 256, kWebRootsMax = 64, kPathMax = 1024;
  static constexpr std::uint64_t kVaultBytesDefault = 8ull << 30;

  std::int64_t version = 0;  // 0: none came yet
  WallTime issued_at{};
  std::optional<files::GuardMode> mode;                // nothing: off
  std::vector<std::string> trees, exclude, web_roots;  // absolute paths
  std::uint64_t vault_bytes = kVaultBytesDefault;
  bool web_root_discovery = true;
  LogSources logs;
  bool operator==(const Policy&) const = default;
};
std::string_view mode_name(const std::optional<files::GuardMode>& mode);  // "off" where there is none

// The payload of {"payload", "signature"}. kInvalid: it is no such object. kForbidden: the signature is not
// of that key.
Result<std::string> verified_payload(const boost::json::value& value, const std::string& command_key);
// kInvalid: it is no order (the message says which member). kForbidden: it is for another host. Whether it is
// past its time or was carried out before is the caller's to look at.
Result<Order> read_order(std::string_view payload, const std::string& host_id);
Result<Policy> read_policy(std::string_view payload, const std::string& host_id);

}  // namespace vedette::agent
