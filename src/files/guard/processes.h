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
#include "files/guard/task_probe.h"

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
bool own_task(pid_t tid);                                  // a thread of this process
std::vector<pid_t> numbers_in(const std::string& folder);  // the names that are numbers

// An actor with its key, so that it is not put together anew for each event.
struct SeenActor : Actor {
  explicit SeenActor(Actor actor) : Actor(std::move(actor)), own_key(key()) {}
  const std::string own_key;
};

class ActorReader {
 public:
  // `probe` may be null: then every look at a task goes through /proc.
  explicit ActorReader(const Clock& clock, const TaskProbe* probe = nullptr) : clock_(clock), probe_(probe) {}
  // Nothing when the task is gone and was not seen before. `tid` may be any thread.
  std::shared_ptr<const SeenActor> actor_of(pid_t tid);
  // The same, of a task the probe was just asked about.
  std::shared_ptr<const SeenActor> actor_of(pid_t tid, const TaskFacts& facts);
  // Only what is remembered: no look into /proc.
  std::shared_ptr<const SeenActor> remembered(pid_t tid, const TaskFacts& facts);
  // The process that was seen last with this key; nothing when that is long ago.
  std::shared_ptr<const SeenActor> last_with(const std::string& key);

 private:
  struct Entry {
    std::uint64_t start_ticks = 0;
    std::string executable;
    std::shared_ptr<const SeenActor> actor;
    SteadyTime checked{};
    TaskFacts facts;  // process 0: from /proc
  };
  struct Ancestor {
    TaskFacts facts;
    ProcessInfo info;
    pid_t parent = 0;
  };
  static bool same(const Entry& entry, TaskFacts facts);
  // With the mutex held.
  std::shared_ptr<const SeenActor> find(pid_t tid, const TaskFacts& facts);
  std::shared_ptr<const SeenActor> keep(pid_t tid, Entry entry, std::optional<Actor> actor);
  std::optional<Actor> read(pid_t tid);
  std::optional<Ancestor> ancestor(pid_t pid);

  const Clock& clock_;
  const TaskProbe* probe_;
  std::mutex mutex_;
  std::unordered_map<pid_t, Entry> entries_;  // by thread; with the probe also by process
  std::unordered_map<pid_t, Ancestor> ancestors_;
  std::unordered_map<std::string, std::shared_ptr<const SeenActor>> by_key_;
};

// Reads it without a cache.
std::optional<Actor> read_actor(pid_t tid);

}  // namespace vedette::files
