// FanotifyGate: every open of a protected file waits here for an answer, and every change of a name is told.
//
// Two fanotify groups with marks on the *directories* of the protected trees: opens elsewhere cost nothing
// and cannot be held by mistake. One group asks permission (FAN_OPEN_PERM), the other tells of create, close
// after writing, rename and delete, with names.
//
// One thread calls wait(); it must never open a file in a protected tree nor wait for somebody who does: it
// is the one that answers. What happened before an open is in the same batch as the open or an earlier one,
// so that an actor's last close can be judged before its next open is answered; opens that need no judging
// can be answered before the names are read. When the gate or its process goes away, the kernel lets
// everybody through. mark_tree() and answer() may be called by any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/directory_index.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

// One process that waits to open a file. Allowed when the last owner lets go of it unanswered.
class OpenRequest {
 public:
  OpenRequest(int group, int fd, pid_t tid, SteadyTime at) : group_(group), fd_(fd), tid_(tid), at_(at) {}
  ~OpenRequest() { answer(true); }
  OpenRequest(const OpenRequest&) = delete;
  OpenRequest& operator=(const OpenRequest&) = delete;

  // True if this call was the answer.
  bool answer(bool allow);
  bool answered() const { return answered_.load(); }
  // Open for reading, on the file itself whatever becomes of its name; reading it raises no event.
  int fd() const { return fd_.get(); }
  pid_t tid() const { return tid_; }
  SteadyTime at() const { return at_; }
  std::string path() const;  // where the file is now

  std::atomic<bool> held{false};  // on purpose: its actor is under an incident
  bool may_truncate = false;      // said by the one who reads the gate, before anybody else has it

 private:
  const int group_;
  UniqueFd fd_;
  const pid_t tid_;
  const SteadyTime at_;
  std::atomic<bool> answered_{false};
};

struct NameEvent {
  std::uint64_t mask = 0;  // FAN_CREATE, FAN_CLOSE_WRITE, FAN_RENAME, FAN_DELETE; several when merged
  pid_t tid = 0;
  FileId file;           // the file, or the directory itself
  std::string path;      // "" where the name is outside the protected trees (renamed out)
  std::string old_path;  // renames; "" when renamed in
  bool directory = false;
};

class FanotifyGate {
 public:
  // kForbidden, kUnsupported: fanotify may not be used here, or the kernel is older than 5.17.
  static Result<std::unique_ptr<FanotifyGate>> open(const Clock& clock);
  ~FanotifyGate();

  // Marks a directory and everything below; the number of directories. Errors name the first that failed.
  Result<std::size_t> mark_tree(const std::string& path);

  struct Batch {
    std::vector<NameEvent> names;  // first what happened, then who waits
    std::vector<std::shared_ptr<OpenRequest>> opens;
    bool overflow = false;  // events were lost
  };
  // Waits at most `wait`; replaces the batch, whose names are still to be read.
  Result<void> wait(std::chrono::milliseconds wait, Batch& batch);
  // After wait(): what an actor did before it opened is then surely among the names.
  void read_names(Batch& batch);

 private:
  explicit FanotifyGate(const Clock& clock) : clock_(clock) {}
  Result<std::size_t> mark_below(const std::string& path, const FileId& parent, const std::string& name,
                                 int depth);
  void read_opens(Batch& batch);
  void follow_directory(const NameEvent& event, const FileId& parent, const std::string& name);

  const Clock& clock_;
  DirectoryIndex directories_;
  UniqueFd permission_, names_;
  std::vector<char> buffer_;
};

}  // namespace vedette::files
