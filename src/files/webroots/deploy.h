// Deploy windows: times in which changes below web roots are expected. Recorded, not alarmed; web-shell
// traits and defacements are alarmed all the same.
//
// Kept as <state>/deploy.json (0600, replaced atomically), so that the command opens a window for an agent
// that runs, and a change found after a restart is laid against the window it was made in. The newest 32
// windows are kept. Opening is for one process at a time (a lock file); reading for any thread.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vedette::files {

struct DeployWindow {
  WallTime from{}, until{};
  std::string root;  // the web root it is for; "" for all
  std::string note;  // who opened it and why
  bool operator==(const DeployWindow&) const = default;
};

inline constexpr std::chrono::hours kDeployMax{24};

// kInvalid: no time, or more than kDeployMax.
Result<DeployWindow> open_deploy_window(const std::filesystem::path& state, std::chrono::seconds duration,
                                        std::string root, std::string note, const Clock& clock);
// Ends the windows that are open.
Result<void> close_deploy_windows(const std::filesystem::path& state, const Clock& clock);

class DeployWindows {
 public:
  explicit DeployWindows(std::filesystem::path state) : state_(std::move(state)) {}
  // Reads the file again when it was replaced.
  bool open_at(WallTime at, const std::string& root);

 private:
  const std::filesystem::path state_;
  std::mutex mutex_;
  std::filesystem::file_time_type read_{};
  std::vector<DeployWindow> windows_;
};

}  // namespace vedette::files
