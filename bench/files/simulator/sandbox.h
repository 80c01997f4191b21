// Sandbox: the one folder the simulator may touch, and the proof that it was made for it.
//
// The folder must lie below a temporary folder ($TMPDIR, /tmp or /var/tmp) and hold a marker file that names
// it, owned by the caller. Links are never followed; files on other file systems are left alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vedette::simulator {

inline constexpr const char* kMarker = ".vedette-simulator-root";

// The canonical folder, or nothing and `why`.
std::optional<std::string> open_sandbox(const std::string& folder, std::string& why);
// The marker file's text for a folder.
std::string marker_text(const std::string& canonical);
// Every regular file below, without the marker and hidden files; sorted.
std::vector<std::string> files_below(const std::string& root, std::size_t files_max);

}  // namespace vedette::simulator
