#include "desk/clocks/regime.h"

#include <array>

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 2> kKindWords{"law", "internal"};
constexpr std::array<std::string_view, 5> kStartWords{"detected", "aware", "request_received", "finished",
                                                      "sent"};
constexpr std::array<std::string_view, 2> kFlagWords{"beyond_capacity", "urgent"};

}  // namespace

std::string_view to_string(RegimeKind kind) { return kKindWords[static_cast<std::size_t>(kind)]; }
std::string_view to_string(ClockStart start) { return kStartWords[static_cast<std::size_t>(start)]; }
std::string_view to_string(IncidentFlag flag) { return kFlagWords[static_cast<std::size_t>(flag)]; }

const RegimeStep* Regime::step(std::string_view wanted) const {
  for (const auto& one : steps) {
    if (one.id == wanted) return &one;
  }
  return nullptr;
}

}  // namespace vedette::desk
