// One running Chromium: started in its own session with a throw-away profile, ended for good by the
// destructor.
//
// The thread that calls start() must outlive the process: Linux ties "die with the parent" (PR_SET_PDEATHSIG)
// to that thread. As root Chromium is started as the user "nobody", so that its sandbox works; where the
// kernel forbids unprivileged user namespaces the sandbox cannot be used, and `sandbox()` says so.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::sites {

struct ChromiumLaunch {
  std::string path;
  std::filesystem::path temp_folder;
  std::uint16_t proxy_port = 0;  // of the request gate on 127.0.0.1
  bool sandbox = true;
  std::filesystem::path ca_file;  // private authorities it trusts beside its own; empty: none
};

class ChromiumProcess {
 public:
  static Result<std::unique_ptr<ChromiumProcess>> start(const ChromiumLaunch& launch);
  ~ChromiumProcess();
  ChromiumProcess(const ChromiumProcess&) = delete;
  ChromiumProcess& operator=(const ChromiumProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool sandbox() const { return sandbox_; }
  bool ended();  // reaps it
  // The pipe ends, given away once: the caller closes them.
  int take_read_fd();
  int take_write_fd();
  // The last words Chromium wrote to its standard error, at most 2 KiB: for the reason of a failed start.
  std::string last_words() const;

 private:
  ChromiumProcess() = default;
  pid_t pid_ = -1;
  int read_fd_ = -1, write_fd_ = -1;
  bool sandbox_ = true, reaped_ = false;
  std::filesystem::path folder_;
};

// The first Chromium of the usual places; empty when there is none.
std::string find_chromium();

// Removes profiles that a killed server left behind in `temp_folder`.
void sweep_profiles(const std::filesystem::path& temp_folder);

}  // namespace vedette::sites
