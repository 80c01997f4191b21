#include "desk/due_anchor.h"

#include <fstream>
#include <sstream>

namespace vedette::desk {
namespace {

constexpr std::string_view kName = "due_now";

const std::string& boot() {
  static const std::string id = [] {
    std::string read;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> read;
    return read;
  }();
  return id;
}

std::int64_t steady_ms(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady().time_since_epoch()).count();
}

}  // namespace

Result<void> keep_due(store::Session& session, const DeskContext& desk) {
  return set_desk_value(session, std::string(kName),
                        fmt::format("{} {} {}", desk.due.now_ms(), steady_ms(desk.clock), boot()));
}

Result<std::optional<std::int64_t>> kept_due_ms(store::Session& session, const Clock& clock) {
  TRY_ASSIGN(auto stored, desk_value(session, std::string(kName)));
  if (!stored) return std::optional<std::int64_t>();
  std::istringstream words(*stored);  // before there was an anchor it was the time alone
  std::int64_t due = 0, at = 0;
  std::string of;
  words >> due >> at >> of;
  auto passed = steady_ms(clock) - at;
  if (!boot().empty() && of == boot() && passed > 0) due += passed;
  return std::optional(due);
}

}  // namespace vedette::desk
