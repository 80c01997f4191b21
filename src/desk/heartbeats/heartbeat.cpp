#include "desk/heartbeats/heartbeat.h"

#include "base/text/control.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

Result<void> check_seconds(std::chrono::seconds value, std::chrono::seconds least, std::chrono::seconds most,
                           std::string_view field) {
  if (value >= least && value <= most) return {};
  return refuse(ErrorCode::kInvalid, "heartbeat.seconds",
                {{"field", std::string(field)},
                 {"least", std::to_string(least.count())},
                 {"most", std::to_string(most.count())}});
}

}  // namespace

Result<void> check_heartbeat(const Heartbeat& heartbeat) {
  using Limits = HeartbeatLimits;
  if (heartbeat.name.empty() || heartbeat.name.size() > Limits::kNameBytes || has_control(heartbeat.name))
    return refuse(ErrorCode::kInvalid, "heartbeat.name",
                  {{"field", "name"}, {"most", std::to_string(Limits::kNameBytes)}});
  TRY(check_seconds(heartbeat.every, Limits::kEveryLeast, Limits::kEveryMost, "every_seconds"));
  return check_seconds(heartbeat.grace, std::chrono::seconds(0), Limits::kGraceMost, "grace_seconds");
}

}  // namespace vedette::desk
