// The files that rules are loaded from. Any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "logs/sigma/load.h"

namespace vedette::logs::sigma {

// What load_rules reads, in its order; a folder that cannot be walked is refused.
std::vector<std::filesystem::path> rule_files(std::span<const std::filesystem::path> paths, RuleSet& into);
// At most kYamlBytesMax and one byte, so that what is too large is seen to be so.
std::expected<std::string, std::string> read_rule_file(const std::filesystem::path& path);

}  // namespace vedette::logs::sigma
