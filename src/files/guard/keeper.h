// Keeper: a small process that holds descriptors of protected files, so that they can still be read when the
// guard was killed and the files are unlinked.
//
//   guard ──keep(file, descriptor)──> keeper        VAULT/keeper, SOCK_SEQPACKET, descriptors by SCM_RIGHTS
//   guard <──all that is held──────── keeper        when a guard starts
//
// start_keeper() forks it from the watchdog, before the guard; it is in a session of its own, holds neither
// terminal nor output, and outlives both. It ends when it is told to, or when no guard was connected for
// `alone_max`. Bounded by count (the descriptor that was kept longest ago goes first, those of files that
// still have a name before others) and by age. Only this user and root may talk to it.
//
// KeeperLink is the guard's end: thread-safe, never blocks for longer than a full socket, and goes silent
// when the keeper is gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/file_id.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

struct KeeperLimits {
  std::size_t pins_max = 16'384;  // and at most half of the process's limit of descriptors
  std::chrono::milliseconds age_max{3'600'000};
  std::chrono::milliseconds alone_max{86'400'000};
};

// Makes sure that a keeper answers for the vault; forks one where none does. The vault's folder is made
// (0700) when it is not there. To be called by a process with one thread; the child never returns from it.
Result<void> start_keeper(const std::filesystem::path& vault, const KeeperLimits& limits = {});

class KeeperLink {
 public:
  // kNotFound: no keeper answers for this vault.
  static Result<std::unique_ptr<KeeperLink>> connect(const std::filesystem::path& vault);

  struct Kept {
    FileId file;
    UniqueFd fd;
    bool unlinked = false;
  };
  // To be called once, before anything is kept. Errors: kUnavailable.
  Result<std::vector<Kept>> take_over();
  // False: it could not be told, and never will be when alive() is false.
  bool keep(const FileId& file, int fd);
  void forget(const FileId& file);
  void end();  // the keeper lets go of everything
  bool alive() const;

 private:
  explicit KeeperLink(UniqueFd socket) : socket_(std::move(socket)) {}
  bool send(char what, const FileId& file, int fd);
  mutable std::mutex mutex_;
  UniqueFd socket_;
  bool broken_ = false;
};

// What the keeper holds: the part without a socket. One thread.
class KeptPins {
 public:
  explicit KeptPins(std::size_t pins_max) : pins_max_(pins_max) {}
  void keep(FileId file, UniqueFd fd, SteadyTime now);
  void forget(const FileId& file);
  // Lets go of what was kept longer than `age` ago.
  void expire(SteadyTime now, std::chrono::milliseconds age);
  struct Pin {
    FileId file;
    UniqueFd fd;
    SteadyTime at{};
  };
  const std::list<Pin>& pins() const { return pins_; }  // longest ago first

 private:
  void erase(std::list<Pin>::iterator pin);
  const std::size_t pins_max_;
  std::list<Pin> pins_;
  std::unordered_map<FileId, std::list<Pin>::iterator> by_file_;
};

}  // namespace vedette::files
