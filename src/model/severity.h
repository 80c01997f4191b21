// Severity of a finding or alert: OCSF severity_id 1 to 5.
#pragma once

#include <optional>
#include <string_view>

namespace vedette {

enum class Severity { kInformational = 1, kLow = 2, kMedium = 3, kHigh = 4, kCritical = 5 };

std::string_view to_string(Severity severity);  // "informational", "low", "medium", "high", "critical"
std::optional<Severity> severity_from(std::string_view text);

}  // namespace vedette
