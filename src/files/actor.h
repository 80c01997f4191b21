// Actor: who changed a file. The process that did it, and the key its deeds are summed under.
//
// Processes come and go (a shell loop starts one `openssl` per file), so deeds are summed per *actor*:
// control group or session, the lineage of executables, and uid. Plain values; whoever reads /proc fills
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::files {

struct ProcessInfo {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;  // /proc/PID/stat field 22: (pid, start_ticks) names one process for good
  std::string executable;         // readlink /proc/PID/exe; "" where it could not be read
  std::string name;               // /proc/PID/comm
  std::vector<std::string> arguments;  // at most 32 of at most 256 bytes each, valid UTF-8
  bool operator==(const ProcessInfo&) const = default;
};

struct Actor {
  ProcessInfo process;
  std::vector<ProcessInfo> ancestors;  // parent first; at most 16; ends before pid 1
  std::uint32_t uid = 0;
  std::int32_t session = 0;  // getsid()
  std::string cgroup;        // path in the unified hierarchy, "/" where there is none
  std::string client;        // for a file server (smbd): "user@address", else ""

  // What deeds are summed under: cgroup or session, the executables of the lineage, uid, client. Two
  // processes that one shell loop starts have the same key.
  std::string key() const;
};

}  // namespace vedette::files
