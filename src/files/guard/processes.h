// Who a process is, from /proc: its stat line, and the Actor its deeds are summed under.
//
// Everything in /proc belongs to processes that may lie (names, arguments) and may vanish between two reads:
// what cannot be read stays empty. ActorReader caches; thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "files/actor.h"

namespace vedette::files {

struct ProcessStat {
  pid_t pid = 0, parent = 0, session = 0;
  char state = '?';
  std::uint64_t start_ticks = 0;
  std::string name;
};
// A line of /proc/PID/stat; the name may hold blanks and brackets.
std::optional<ProcessStat> parse_stat(std::string_view line);
std::optional<ProcessStat> read_stat(pid_t pid);
std::string read_link(const std::string& path);
// At most `limit` bytes of a file below /proc or /sys.
std::string read_small(const std::string& path, std::size_t limit = 4096);
std::vector<pid_t> all_processes();

class ActorReader {
 public:
  explicit ActorReader(const Clock& clock) : clock_(clock) {}
  // Nothing when the task is gone and was not seen before. `tid` may be any thread.
  std::shared_ptr<const Actor> actor_of(pid_t tid);
  // The process that was seen last with this key; nothing when that is long ago.
  std::shared_ptr<const Actor> last_with(const std::string& key);

 private:
  struct Entry {
    std::uint64_t start_ticks = 0;
    std::string executable;
    std::shared_ptr<const Actor> actor;
    SteadyTime checked{};
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<pid_t, Entry> entries_;
  std::unordered_map<std::string, std::shared_ptr<const Actor>> by_key_;
};

// Reads it without a cache.
std::optional<Actor> read_actor(pid_t tid);

}  // namespace vedette::files
