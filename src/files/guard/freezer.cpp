#include "files/guard/freezer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>

#include <set>

#include "files/guard/processes.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace {

constexpr int kRounds = 10;       // of looking for processes that were started meanwhile
constexpr int kStateChecks = 40;  // half a millisecond apart

bool signal(const ProcessId& process, int number) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd) return false;
  auto stat = read_stat(process.pid);
  if (!stat || stat->start_ticks != process.start_ticks) return false;
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0) == 0;
}

// This process, what is above it and what it started.
std::set<pid_t> never() {
  std::set<pid_t> out{::getpid()};
  for (auto pid = ::getppid(); pid > 0;) {
    out.insert(pid);
    auto stat = read_stat(pid);
    pid = stat ? stat->parent : 0;
  }
  // The watchdog above has further children (the keeper) that must go on as well.
  for (auto pid : all_processes()) {
    auto stat = read_stat(pid);
    if (stat && (stat->parent == ::getpid() ||
                 (stat->parent == ::getppid() && stat->session == ::getsid(0) &&
                  read_link(fmt::format("/proc/{}/exe", pid)) == read_link("/proc/self/exe"))))
      out.insert(pid);
  }
  return out;
}

std::vector<ProcessId> belonging(const Actor& actor, const ProcessId& root,
                                 const std::vector<std::string>& partners) {
  std::unordered_map<pid_t, ProcessStat> all;
  for (auto pid : all_processes())
    if (auto stat = read_stat(pid)) all[pid] = *std::move(stat);
  auto below_root = [&](pid_t pid) {
    if (root.pid == 0) return false;
    for (int depth = 0; depth < 64; ++depth) {
      auto found = all.find(pid);
      if (found == all.end()) return false;
      if (pid == root.pid) return found->second.start_ticks == root.start_ticks;
      pid = found->second.parent;
    }
    return false;
  };
  const auto key = actor.key();
  std::vector<ProcessId> out;
  for (const auto& [pid, stat] : all) {
    bool ours =
        below_root(pid) || (pid == actor.process.pid && stat.start_ticks == actor.process.start_ticks);
    // A partner may be another program; then everybody has to be looked at. Kernel threads and those that are
    // ending have no executable: nobody's key may fit them.
    const auto executable = ours ? std::string() : read_link(fmt::format("/proc/{}/exe", pid));
    if (!executable.empty() && (!partners.empty() || executable == actor.process.executable)) {
      auto other = read_actor(pid);
      ours = other && !other->process.executable.empty() && other->uid == actor.uid &&
             (other->key() == key || std::ranges::find(partners, other->key()) != partners.end());
    }
    if (ours) out.push_back({pid, stat.start_ticks});
  }
  return out;
}

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

bool stopped(const ProcessId& process) {
  auto stat = read_stat(process.pid);
  // D: it waits for the gate (or the disk) and stops before it is back in its own code.
  return !stat || stat->start_ticks != process.start_ticks ||
         std::string_view("TtZXD").find(stat->state) != std::string_view::npos;
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

Frozen freeze(const Actor& actor, const ProcessId& root, const std::vector<std::string>& partners) {
  auto began = std::chrono::steady_clock::now();
  Frozen out;
  const auto spared = never();
  std::set<pid_t> seen;
  auto stop = [&](const ProcessId& process) {
    if (process.pid <= 1 || spared.contains(process.pid) || !seen.insert(process.pid).second) return false;
    if (signal(process, SIGSTOP)) out.stopped.push_back(process);
    return true;
  };
  // Those that are known at once; the rest is looked for.
  stop({actor.process.pid, actor.process.start_ticks});
  if (root.pid != 0) stop(root);
  bool more = true;
  for (int round = 0; more && round < kRounds; ++round) {
    more = false;
    for (const auto& process : belonging(actor, root, partners)) more |= stop(process);
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
