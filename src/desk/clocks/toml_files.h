// The *.toml files of an organisation's own folder, whole and bounded. Blocks for the disk; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::desk {

inline constexpr std::size_t kTomlFilesMax = 500;  // of one folder

// Sorted by name. kLimit: more than kTomlFilesMax; kUnavailable: the folder cannot be read.
Result<std::vector<std::filesystem::path>> toml_files(const std::filesystem::path& folder);
// kInvalid: no file, or larger than kClockFileBytesMax.
Result<std::string> bytes_of_toml_file(const std::filesystem::path& path);

}  // namespace vedette::desk
