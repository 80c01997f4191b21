#include "model/severity.h"

#include <array>

namespace vedette {
namespace {
constexpr std::array<std::string_view, 5> kNames = {"informational", "low", "medium", "high", "critical"};
}

std::string_view to_string(Severity severity) { return kNames[static_cast<std::size_t>(severity) - 1]; }

std::optional<Severity> severity_from(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Severity>(i + 1);
  }
  return std::nullopt;
}

}  // namespace vedette
