// HostState: what an agent tells of itself with each sign of life: what it sees and cannot see, what is in
// force, and what that costs. Foreign input: at most 16 sights, 64 trees and 256 web roots. Plain value.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"

namespace vedette::server {

struct HostState {
  struct Sight {
    std::string what;  // "gate", "vault", "webroots", "spool", "guard", "clock", "logs"
    bool ok = false;
    std::optional<Message> text;
    bool operator==(const Sight&) const = default;
  };
  struct Tree {
    std::string path, file_system;
    std::optional<double> opens_per_second, answer_p50_us, answer_p99_us;  // nothing: not known
    std::int64_t vault_bytes = 0, vault_limit_bytes = 0;
    bool operator==(const Tree&) const = default;
  };
  bool command_key_known = false;
  std::int64_t policy_version = 0;  // 0: none yet
  std::string mode = "off";         // in force now
  std::vector<Sight> sights;
  std::vector<Tree> trees;
  std::vector<std::string> web_roots;
  std::int64_t spool_records = 0, spool_bytes = 0, spool_gaps = 0;
};

// kInvalid: says which field. Members that are not known are passed over; the certificate is: the server
// knows what it signed.
Result<HostState> host_state_from_json(const boost::json::value& value);
boost::json::object to_json(const HostState& state);  // what host_state_from_json() reads

// What a person sees of it without looking at figures: whether a console should be told.
bool looks_the_same(const HostState& a, const HostState& b);

}  // namespace vedette::server
