// A process and everything it started, read from /proc: to measure it and to end it. Linux only.
// Stateless functions, any thread. A process that goes away while we look is simply not counted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace vedette::sites {

// `root` first, then its descendants; at most 1,024.
std::vector<pid_t> process_tree(pid_t root);

// Anonymous and shared memory of these processes (RssAnon + RssShmem of /proc/PID/status): mapped program
// files, which all of them share, are left out.
std::uint64_t memory_of(const std::vector<pid_t>& processes);

// SIGKILL to the process group of `root` and to every descendant that left the group.
void kill_tree(pid_t root);

}  // namespace vedette::sites
