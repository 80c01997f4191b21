// The known name nearest to a mistyped one (optimal string alignment distance), for "did you mean". Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vedette::server {

// Nothing when even the nearest differs in more than a third of its letters.
std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> known);

}  // namespace vedette::server
