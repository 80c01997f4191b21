// FileIncident: an attack on files as the guard met it: who, what, and what was done about it. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "files/actor.h"
#include "files/guard/deed.h"
#include "model/message.h"

namespace vedette::files {

enum class GuardMode {
  kObserve,   // tell, keep pre-images, touch nobody
  kHold,      // hold the actor's opens and freeze it until a person decides
  kRollback,  // the same, and restore at once
};
std::string_view to_string(GuardMode mode);

enum class IncidentState {
  kObserved,    // told, nobody was touched
  kHeld,        // stopped by the guard itself
  kFrozen,      // was observed, then stopped because a person said so
  kRolledBack,  // its files were put back; its processes are still stopped
  kAllowed,     // "this was me"
  kOver,        // its processes were let go on, without a leave for more
};
std::string_view to_string(IncidentState state);

struct FileIncident {
  std::string id;
  IncidentState state = IncidentState::kObserved;
  Actor actor;
  std::string actor_key;
  ProcessId root;  // the process that starts the others, where there is one; pid 0 otherwise
  std::vector<std::string> partners;  // keys of other actors that did the same deed (Judgement::partners)
  std::vector<Message> reasons;
  double actor_score = 0, directory_score = 0;
  std::vector<ProcessId> stopped;                 // by SIGSTOP
  std::string frozen_cgroup;                      // by cgroup.freeze: its folder, or ""
  std::uint64_t files_changed = 0;                // distinct files at the moment of the verdict
  std::chrono::microseconds verdict_to_frozen{};  // how long freezing took
  std::chrono::microseconds close_to_frozen{};    // from the event that decided to everything frozen
  WallTime at{};
};

// The process itself, then its ancestors.
std::vector<ProcessId> lineage_of(const Actor& actor);

// Was it done by the incident's actor or a partner, or by a process that the incident's root started?
bool belongs(const Deed& deed, const FileIncident& incident);
bool belongs(const std::string& actor_key, const std::vector<ProcessId>& lineage,
             const FileIncident& incident);

// Seen without fanotify: nobody is named and no copy exists, so that a rollback would only take away what the
// attacker made, perhaps all that is left of the files.
bool only_observed(const FileIncident& incident, const std::vector<Deed>& deeds);
extern const std::string_view kNothingToRestoreFrom;

// "This was me": an executable may do what it likes below a folder until then.
struct Allowance {
  std::string executable;  // exact path
  std::string tree;        // absolute folder
  WallTime until{};
  std::string by;  // who said so, where known
};

// What became of one file in a rollback.
struct RestoredFile {
  std::string path;
  std::string
      action;  // "restored", "renamed_back", "created_file_removed", "already_right", "kept_beside", "failed"
  std::string sha256_expected, sha256;  // hex; "" where content does not matter
  std::string moved_to;  // where the version that was there is kept now, in the vault or beside
  std::string error;     // for a person; "" when it went well
  bool ok() const { return error.empty(); }
};

}  // namespace vedette::files
