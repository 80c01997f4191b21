// A heartbeat: the sign of life of another system (a dead-man switch). A backup, a cron job or the watchdog
// of another Vedette calls an address of its own at least once in `every`; when it has not for `every` and
// `grace`, somebody is told. Plain value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/severity.h"

namespace vedette::desk {

struct Heartbeat {
  std::string id = {}, name = {};
  std::chrono::seconds every{3600}, grace{300};
  Severity severity = Severity::kHigh;   // of the alert when it is missing
  bool paused = false;                   // calls are noted, silence is not told
  bool missing = false;                  // an alert says so
  std::optional<WallTime> last_at = {};  // of the last call; nothing: there was none
  std::string made_by = {};
  WallTime created_at{};
  bool operator==(const Heartbeat&) const = default;
};

struct HeartbeatLimits {
  static constexpr std::int64_t kMost = 1'000;
  static constexpr std::size_t kNameBytes = 200;
  static constexpr std::chrono::seconds kEveryLeast{30}, kEveryMost{31 * 86'400};
  static constexpr std::chrono::seconds kGraceMost{7 * 86'400};
};

inline constexpr std::string_view kHeartbeatMissing = "heartbeat_missing";

// kInvalid, naming the field.
Result<void> check_heartbeat(const Heartbeat& heartbeat);

}  // namespace vedette::desk
