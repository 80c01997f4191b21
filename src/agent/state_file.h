// Small files of the agent's state folder: written durably and whole, or not at all (0600).
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace vedette::agent {

inline constexpr std::size_t kStateBytesMax = 512 * 1024;

Result<void> write_state_file(const std::filesystem::path& path, const std::string& text);
// kNotFound; kCorrupt: longer than kStateBytesMax.
Result<std::string> read_state_file(const std::filesystem::path& path);

}  // namespace vedette::agent
