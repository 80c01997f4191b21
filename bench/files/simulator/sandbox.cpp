#include "simulator/sandbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vedette::simulator {
namespace fs = std::filesystem;

std::string marker_text(const std::string& canonical) {
  return "Every file below " + canonical + " may be destroyed.\n";
}

std::optional<std::string> open_sandbox(const std::string& folder, std::string& why) {
  std::error_code error;
  const std::string root = fs::canonical(folder, error).string();
  if (error) {
    why = folder + ": " + error.message();
    return std::nullopt;
  }
  std::vector<std::string> homes{"/tmp", "/var/tmp"};
  if (const char* given = std::getenv("TMPDIR"); given != nullptr && *given == '/')
    homes.push_back(fs::canonical(given, error).string());
  const bool temporary = std::any_of(homes.begin(), homes.end(), [&](const std::string& home) {
    return home.size() > 3 && root.starts_with(home + "/");
  });
  if (!temporary) {
    why = root + " is not below a temporary folder";
    return std::nullopt;
  }
  const std::string marker = root + "/" + kMarker;
  struct stat status{};
  if (::lstat(marker.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) {
    why = marker + " is not there, or not a file of yours";
    return std::nullopt;
  }
  std::ifstream in(marker);
  std::stringstream text;
  text << in.rdbuf();
  if (text.str() != marker_text(root)) {
    why = marker + " does not name " + root;
    return std::nullopt;
  }
  return root;
}

std::vector<std::string> files_below(const std::string& root, std::size_t files_max) {
  struct stat home{};
  if (::lstat(root.c_str(), &home) != 0) return {};
  std::vector<std::string> out;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(root, error); it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (error) break;
    struct stat status{};
    if (::lstat(it->path().c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode) && status.st_dev != home.st_dev) it.disable_recursion_pending();
    if (!S_ISREG(status.st_mode) || status.st_dev != home.st_dev || status.st_size == 0) continue;
    if (it->path().filename().string().starts_with('.')) continue;
    out.push_back(it->path().string());
  }
  std::sort(out.begin(), out.end());
  if (out.size() > files_max) out.resize(files_max);
  return out;
}

}  // namespace vedette::simulator
