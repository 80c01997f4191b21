// Policy: what the agents of a group of hosts guard, and how. A group without a policy of its own has the
// default: observe, no trees, the web roots that are found. Plain value.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vedette::server {

inline constexpr std::string_view kDefaultGroup = "default";
inline constexpr std::size_t kPolicyPathsMax = 64;  // of each list

struct LogFiles {
  std::string pattern;  // an absolute path, with the wildcards of glob(7)
  std::string format;   // one of kLogFileFormats
  bool operator==(const LogFiles&) const = default;
};
inline constexpr std::string_view kLogFileFormats[] = {"text", "json", "eve", "audit"};

struct Policy {
  std::string group{kDefaultGroup};
  std::string mode = "observe";  // "off", "observe", "hold", "rollback"
  std::vector<std::string> trees, exclude;
  std::int64_t vault_bytes = 10ll << 30;
  std::vector<std::string> web_roots;
  bool web_root_discovery = true;
  std::vector<LogFiles> log_files;
  bool journal = false;  // systemd's
  bool operator==(const Policy&) const = default;
};

bool is_group_name(std::string_view name);  // a-z 0-9 . _ -, at most 64, the first a letter or digit
// kInvalid: says which path. Every path is absolute and plain (no "..", no empty part), no tree is "/".
Result<void> check_policy(const Policy& policy);

std::string policy_json(const Policy& policy);  // as stored; without the group's name
Policy policy_from(const std::string& group, const std::string& stored);
// What is signed for one host (agent protocol: "policy").
std::string policy_payload(const Policy& policy, const std::string& host_id, std::int64_t version,
                           WallTime issued_at);
boost::json::object policy_fields(const Policy& policy);

}  // namespace vedette::server
