// TreeObserver: what changes below some folders, seen with inotify alone: for a guard that may not use
// fanotify (a container without CAP_SYS_ADMIN).
//
// It learns every file once (judge/fingerprint.h), and when the kernel tells of a name, compares what is
// there with what was. Nobody is held up and nobody is named: changes are seen a moment after they happened,
// when a file has been left alone for `settle` or was busy for `busy_max`. A rename is known by the inode.
//
// One thread calls it. learn() and next() return after a bounded piece of work, so that the caller can give
// signs of life. Limits: `files_max` files are remembered, the rest is counted (`unlearned`); as many folders
// as fs.inotify.max_user_watches allows.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/deed.h"
#include "files/guard/known_files.h"
#include "files/judge/file_change.h"
#include "files/judge/fingerprint.h"
#include "files/webroots/tree_watch.h"

namespace vedette::files {

struct ObserverLimits {
  std::size_t files_max = 200'000;
  std::chrono::milliseconds settle{200}, busy_max{1'000};
};

class TreeObserver {
 public:
  struct Seen {
    FileChange change;
    Deed deed;
  };
  using Excluded = std::function<bool(const std::string& path)>;

  // kLimit: too few watches (fs.inotify.max_user_watches).
  static Result<std::unique_ptr<TreeObserver>> open(const std::vector<std::string>& trees, Excluded excluded,
                                                    const Clock& clock, const ObserverLimits& limits = {});

  // Learns some more files; false when all are known.
  bool learn();
  // Waits at most `wait` for the kernel, then appends what is due. `overflow`: the kernel dropped events;
  // everything is looked at again.
  Result<void> next(std::chrono::milliseconds wait, std::vector<Seen>& out, bool& overflow);

  std::size_t directories() const { return watch_->directories(); }
  std::size_t unlearned() const { return unlearned_; }  // files that are not known, and so not judged

 private:
  struct Entry {
    Inode inode;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0, ctime_ns = 0;
    Fingerprint print;
  };
  struct Due {
    SteadyTime first, last;
  };

  TreeObserver(Excluded excluded, const Clock& clock, const ObserverLimits& limits)
      : excluded_(std::move(excluded)), clock_(clock), limits_(limits) {}
  void look_into(const std::string& folder, bool all_are_news);
  void touch(const std::string& path);
  void remember(const std::string& path, Entry entry);
  void forget(const std::string& path);
  void examine(const std::string& path, SteadyTime at, std::vector<Seen>& out);
  void missing(const std::string& path, SteadyTime at, std::vector<Seen>& out);

  const Excluded excluded_;
  const Clock& clock_;
  const ObserverLimits limits_;
  std::unique_ptr<TreeWatch> watch_;
  std::vector<std::string> trees_;
  std::deque<std::string> folders_, files_;  // still to be learned
  std::map<std::string, Entry> known_;  // in order of their paths, so that what is below a folder is together
  std::map<Inode, std::string> inodes_;
  std::map<std::string, Due> due_;
  std::size_t unlearned_ = 0;
};

}  // namespace vedette::files
