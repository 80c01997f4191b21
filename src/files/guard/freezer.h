// Freezer: stops an actor with all its processes, and lets them go on. Nothing is ever killed.
//
// What belongs to an actor: the processes with its key, and where many processes were seen under it, the one
// that starts them (their nearest common ancestor of the same session and user) with all its descendants.
// SIGSTOP goes through a pidfd after the start time was compared, so that no other process is hit, and then
// to each thread. Where the control group holds nobody else, it is frozen as well, which nobody inside can
// fork out of. A process that waits for an answer of the gate stops the moment it is answered. This process,
// its ancestors and its own children are never stopped. Thread-safe: no state.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "files/actor.h"
#include "files/guard/deed.h"

namespace vedette::files {

struct Frozen {
  std::vector<ProcessId> stopped;
  std::string cgroup;  // folder whose cgroup.freeze was set, or ""
  std::chrono::microseconds took{};
  bool complete = true;  // false: new processes kept appearing, or one could not be stopped
};

// The nearest process that all lineages have (first: the process itself); pid 0 when there is none.
ProcessId common_root(const std::vector<std::vector<ProcessId>>& lineages);

// Stops one process, before the others are looked for.
bool halt(const ProcessId& process);
// `partners`: keys of further actors whose processes are stopped as well (same user).
Frozen freeze(const Actor& actor, const ProcessId& root, const std::vector<std::string>& partners = {});
// How many could be told to go on; those that are gone are not counted.
std::size_t thaw(const std::vector<ProcessId>& stopped, const std::string& cgroup);

}  // namespace vedette::files
