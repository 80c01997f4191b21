// TreeWatch: what happens below some folders, as the kernel tells it. Two ways: fanotify notification events
// with names (tells the process; needs CAP_SYS_ADMIN and Linux 5.9) and inotify (any user; tells no process).
// Neither holds anybody up. Symbolic links are never followed; new folders are watched as they appear, and
// reported, so that the caller looks at what was in them before the watch was there.
//
// add() and wait() belong to one thread at a time; the counts may be read by any.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::files {

struct TreeEvent {
  std::string path;  // absolute; any bytes
  pid_t pid = 0;     // 0: not told
  bool directory = false;
  bool gone = false;  // removed or moved away; else created, written, moved here or its rights changed
};

class TreeWatch {
 public:
  struct Batch {
    std::vector<TreeEvent> events;
    bool overflow = false;  // the kernel dropped events: look at everything again
  };
  virtual ~TreeWatch() = default;
  // `tree` is an absolute path without links in it. kUnsupported: this file system cannot be watched this
  // way; kLimit: the kernel's limit of watches is reached. A folder inside that cannot be read is counted.
  virtual Result<void> add(const std::string& tree) = 0;
  virtual Result<void> wait(std::chrono::milliseconds wait, Batch& batch) = 0;
  virtual std::string_view method() const = 0;  // "fanotify", "inotify"
  virtual std::size_t directories() const = 0;
  virtual std::size_t unwatched() const = 0;  // folders that could not be watched

  static constexpr int kDepth = 256;
  static constexpr std::size_t kBatch = 4096;  // events; the rest waits in the kernel
};

Result<std::unique_ptr<TreeWatch>> open_fanotify_watch();
Result<std::unique_ptr<TreeWatch>> open_inotify_watch();

}  // namespace vedette::files
