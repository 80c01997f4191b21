// Excerpts for findings: valid UTF-8, white space collapsed, cut at a character with "…". Pure.
#pragma once

#include <string>
#include <string_view>

namespace vedette::sites {

std::string clipped(std::string_view text, std::size_t bytes_max);

}  // namespace vedette::sites
