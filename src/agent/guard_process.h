// The guard as a process of its own: `vedette files guard` with its watchdog, started by the agent. It leads
// a session of its own and goes on when the agent dies: a crash of the agent leaves nobody unguarded. A later
// agent finds it by the control socket in the vault and takes it over. Used by one thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/guard/incident.h"
#include "files/guard/unique_fd.h"

namespace vedette::agent {

struct GuardWish {
  files::GuardMode mode = files::GuardMode::kObserve;
  std::vector<std::string> trees, exclude;  // trees: canonical, existing folders
  std::uint64_t vault_bytes = 0;
  bool operator==(const GuardWish&) const = default;
};

class GuardProcess {
 public:
  // `program`: this one ("/proc/self/exe").
  GuardProcess(std::filesystem::path program, std::filesystem::path vault);

  Result<void> start(const GuardWish& wish);
  // What the started one said: nothing yet, that it guards, or why it does not.
  std::optional<Result<void>> started();
  int ready_fd() const { return ready_.get(); }  // readable when started() has something to say
  // Is the process that was started here still there? Reaps it.
  bool alive();
  bool ours() const { return watchdog_ > 0; }
  // Ends whatever guards the vault, ours or one of an earlier agent; kills it after `patience`.
  void stop(std::chrono::milliseconds patience);
  // What a running guard on the vault says it serves; nothing when none answers.
  std::optional<GuardWish> running() const;

 private:
  const std::filesystem::path program_, vault_;
  pid_t watchdog_ = 0;
  files::UniqueFd ready_;
  std::string said_;
};

}  // namespace vedette::agent
