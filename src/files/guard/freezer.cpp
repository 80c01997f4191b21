#include "files/guard/freezer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>

#include <charconv>
#include <set>

#include "files/guard/processes.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace {

constexpr int kRounds = 10;  // of looking for processes that were started meanwhile
constexpr std::uint64_t kYoungTicks = 100;
constexpr int kStateChecks = 40;  // half a millisecond apart

bool signal(const ProcessId& process, int number) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd) return false;
  auto stat = read_stat(process.pid);
  if (!stat || stat->start_ticks != process.start_ticks) return false;
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0) == 0;
}

// The kernel gives a stop to one thread of a process, and the others run until that one had a core. So each
// thread gets one of its own: none runs its own code again before it has taken it.
bool stop_all(const ProcessId& process) {
  if (!signal(process, SIGSTOP)) return false;
  const auto folder = fmt::format("/proc/{}/task", process.pid);
  for (auto thread : numbers_in(folder)) ::syscall(SYS_tgkill, process.pid, thread, SIGSTOP);
  return true;
}

// Never stopped: this process, what is above it and what it started, and what the watchdog above it started
// (the keeper).
class Spared {
 public:
  Spared() {
    for (auto pid = ::getpid(); pid > 0 && above_.insert(pid).second;) {
      auto stat = read_stat(pid);
      pid = stat ? stat->parent : 0;
    }
  }
  bool contains(pid_t pid) const {
    if (pid <= 1 || above_.contains(pid)) return true;
    auto stat = read_stat(pid);
    if (!stat) return false;
    return stat->parent == ::getpid() ||
           (stat->parent == ::getppid() &&
            read_link(fmt::format("/proc/{}/exe", pid)) == read_link("/proc/self/exe"));
  }

 private:
  std::set<pid_t> above_;
};

std::uint64_t ticks_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(now.tv_sec) * per_second +
         static_cast<std::uint64_t>(now.tv_nsec) * per_second / 1'000'000'000;
}

// Who belongs to an actor, of the processes that are there. What was looked at by an earlier call is either
// stopped or a stranger, unless it is so young that it may have become another program since.
class Belonging {
 public:
  Belonging(const Actor& actor, const ProcessId& root, const std::vector<std::string>& partners)
      : actor_(actor), root_(root), partners_(partners), key_(actor.key()) {}

  std::vector<ProcessId> fresh() {
    std::vector<pid_t> news;
    const auto young = ticks_since_boot() - kYoungTicks;
    for (auto pid : all_processes()) {
      if (auto seen = all_.find(pid); seen != all_.end() && seen->second.start_ticks < young) continue;
      auto stat = read_stat(pid);
      if (!stat) continue;
      all_[pid] = {stat->parent, stat->start_ticks};
      news.push_back(pid);
    }
    std::vector<ProcessId> out;
    for (auto pid : news)
      if (ours(pid)) out.push_back({pid, all_[pid].start_ticks});
    return out;
  }

 private:
  struct Seen {
    pid_t parent = 0;
    std::uint64_t start_ticks = 0;
  };
  bool below_root(pid_t pid) const {
    if (root_.pid == 0) return false;
    for (int depth = 0; depth < 64; ++depth) {
      auto found = all_.find(pid);
      if (found == all_.end()) return false;
      if (pid == root_.pid) return found->second.start_ticks == root_.start_ticks;
      pid = found->second.parent;
    }
    return false;
  }
  // Only programs that stand in one of the keys are looked at more closely.
  bool in_a_key(const std::string& executable) const {
    return executable == actor_.process.executable ||
           std::ranges::any_of(partners_, [&](const std::string& partner) {
             return partner.find("|" + executable + "<") != std::string::npos ||
                    partner.ends_with("|" + executable);
           });
  }
  bool ours(pid_t pid) const {
    if (below_root(pid) ||
        (pid == actor_.process.pid && all_.at(pid).start_ticks == actor_.process.start_ticks))
      return true;
    // Kernel threads and those that are ending have no executable: nobody's key may fit them.
    const auto executable = read_link(fmt::format("/proc/{}/exe", pid));
    if (executable.empty() || !in_a_key(executable)) return false;
    auto other = read_actor(pid);
    return other && !other->process.executable.empty() && other->uid == actor_.uid &&
           (other->key() == key_ || std::ranges::find(partners_, other->key()) != partners_.end());
  }

  const Actor& actor_;
  const ProcessId& root_;
  const std::vector<std::string>& partners_;
  const std::string key_;
  std::unordered_map<pid_t, Seen> all_;
};

std::string unified_mount() {
  auto mounts = read_small("/proc/self/mountinfo", 256 * 1024);
  for (std::size_t at = 0; at < mounts.size();) {
    auto end = std::min(mounts.find('\n', at), mounts.size());
    std::string_view line(mounts.data() + at, end - at);
    at = end + 1;
    if (line.find(" - cgroup2 ") == std::string_view::npos) continue;
    for (int word = 0; word < 4; ++word) line.remove_prefix(line.find(' ') + 1);
    return std::string(line.substr(0, line.find(' ')));
  }
  return {};
}

bool write_text(const std::string& path, std::string_view text) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// The actor's control group, when nobody but those processes is in it.
std::string own_cgroup(const Actor& actor, const std::set<pid_t>& processes) {
  auto mount = unified_mount();
  if (mount.empty() || actor.cgroup.size() < 2) return {};
  auto folder = mount + actor.cgroup;
  auto list = read_small(folder + "/cgroup.procs", 64 * 1024);
  if (list.empty() || read_small(folder + "/cgroup.stat").find("nr_descendants 0") == std::string::npos)
    return {};
  for (std::size_t at = 0; at < list.size(); at = list.find('\n', at) + 1) {
    if (!processes.contains(std::atoi(list.c_str() + at))) return {};
    if (list.find('\n', at) == std::string::npos) break;
  }
  return folder;
}

// Where no core is free, a process that was told to stop takes the signal when it gets one, and before its
// own code.
bool stop_waits(pid_t pid) {
  const auto status = read_small(fmt::format("/proc/{}/status", pid));
  constexpr std::string_view kPending = "\nSigPnd:\t";
  const auto at = status.find(kPending);
  if (at == std::string::npos) return false;
  const auto* begin = status.data() + at + kPending.size();
  std::uint64_t mask = 0;
  std::from_chars(begin, status.data() + status.size(), mask, 16);
  return (mask & (1ull << (SIGSTOP - 1))) != 0;
}

bool stopped(const ProcessId& process) {
  auto stat = read_stat(process.pid);
  // D: it waits for the gate (or the disk) and stops before it is back in its own code.
  return !stat || stat->start_ticks != process.start_ticks ||
         std::string_view("TtZXD").find(stat->state) != std::string_view::npos || stop_waits(process.pid);
}

}  // namespace

ProcessId common_root(const std::vector<std::vector<ProcessId>>& lineages) {
  if (lineages.empty()) return {};
  for (const auto& candidate : lineages.front()) {
    bool common = std::ranges::all_of(lineages, [&](const auto& lineage) {
      return std::ranges::find(lineage, candidate) != lineage.end();
    });
    if (common) return candidate;
  }
  return {};
}

bool halt(const ProcessId& process) { return !Spared().contains(process.pid) && stop_all(process); }

Frozen freeze(const Actor& actor, const ProcessId& root, const std::vector<std::string>& partners) {
  auto began = std::chrono::steady_clock::now();
  Frozen out;
  const Spared spared;
  std::set<pid_t> seen;
  auto stop = [&](const ProcessId& process) {
    if (!seen.insert(process.pid).second || spared.contains(process.pid)) return false;
    if (stop_all(process)) out.stopped.push_back(process);
    return true;
  };
  // Those that are known at once; the rest is looked for.
  stop({actor.process.pid, actor.process.start_ticks});
  if (root.pid != 0) stop(root);
  Belonging belonging(actor, root, partners);
  bool more = true;
  for (int round = 0; more && round < kRounds; ++round) {
    more = false;
    for (const auto& process : belonging.fresh()) more |= stop(process);
  }
  out.complete = !more;
  out.cgroup = own_cgroup(actor, seen);
  if (!out.cgroup.empty() && !write_text(out.cgroup + "/cgroup.freeze", "1")) out.cgroup.clear();
  for (int i = 0; i < kStateChecks && !std::ranges::all_of(out.stopped, stopped); ++i)
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  out.complete &= std::ranges::all_of(out.stopped, stopped);
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  return out;
}

std::size_t thaw(const std::vector<ProcessId>& stopped, const std::string& cgroup) {
  if (!cgroup.empty()) write_text(cgroup + "/cgroup.freeze", "0");
  std::size_t done = 0;
  // Children first: a shell that goes on first would see them as stopped.
  for (auto process = stopped.rbegin(); process != stopped.rend(); ++process)
    done += signal(*process, SIGCONT) ? 1 : 0;
  return done;
}

}  // namespace vedette::files
