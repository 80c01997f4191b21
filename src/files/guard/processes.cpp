#include "files/guard/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

#include "base/text/utf8.h"
#include "files/guard/smb_client.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace {

constexpr std::size_t kAncestors = 16, kArguments = 32, kArgumentBytes = 256;
constexpr std::size_t kCached = 8192;
// A task that was just looked at is not looked at again: it could only have called exec meanwhile.
constexpr auto kFresh = std::chrono::milliseconds(200);

template <class T>
bool number(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc();
}

// The value behind "Name:" in /proc/PID/status, first word.
std::string_view status_value(std::string_view status, std::string_view name, int skip = 0) {
  auto at = status.find(name);
  if (at == std::string_view::npos) return {};
  auto rest = status.substr(at + name.size());
  for (;; --skip) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (skip == 0) return rest.substr(0, rest.find_first_of(" \t\n"));
    rest.remove_prefix(std::min(rest.find_first_of(" \t\n"), rest.size()));
  }
}

ProcessInfo info_of(const ProcessStat& stat) {
  ProcessInfo info;
  info.pid = stat.pid;
  info.start_ticks = stat.start_ticks;
  info.name = stat.name;
  info.executable = read_link(fmt::format("/proc/{}/exe", stat.pid));
  auto line = read_small(fmt::format("/proc/{}/cmdline", stat.pid), kArguments * kArgumentBytes);
  for (std::size_t at = 0; at < line.size() && info.arguments.size() < kArguments;) {
    auto end = std::min(line.find('\0', at), line.size());
    info.arguments.push_back(line.substr(at, std::min(end - at, kArgumentBytes)));
    at = end + 1;
  }
  return info;
}

std::string unified_cgroup(pid_t pid) {
  auto text = read_small(fmt::format("/proc/{}/cgroup", pid));
  auto at = text.find("0::");
  if (at == std::string::npos || (at > 0 && text[at - 1] != '\n')) return "/";
  return text.substr(at + 3, text.find('\n', at) - at - 3);
}

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view line) {
  auto open = line.find('('), close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessStat out;
  if (!number(line, out.pid)) return std::nullopt;
  out.name = line.substr(open + 1, close - open - 1);
  auto rest = line.substr(std::min(close + 2, line.size()));
  for (int field = 3; field <= 22 && !rest.empty(); ++field) {
    auto word = rest.substr(0, rest.find(' '));
    if (field == 3 && !word.empty()) out.state = word[0];
    if (field == 4) number(word, out.parent);
    if (field == 6) number(word, out.session);
    if (field == 22) return number(word, out.start_ticks) ? std::optional(out) : std::nullopt;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return std::nullopt;
}

std::optional<ProcessStat> read_stat(pid_t pid) {
  return parse_stat(read_small(fmt::format("/proc/{}/stat", pid), 1024));
}

std::string read_link(const std::string& path) {
  char target[4096];
  auto size = ::readlink(path.c_str(), target, sizeof target);
  return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::string read_small(const std::string& path, std::size_t limit) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  if (!file) return out;
  out.resize(limit);
  std::size_t filled = 0;
  while (filled < limit) {
    auto got = ::read(file.get(), out.data() + filled, limit - filled);
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.resize(filled);
  return out;
}

bool own_task(pid_t tid) { return ::syscall(SYS_tgkill, ::getpid(), tid, 0) == 0; }

std::vector<pid_t> all_processes() { return numbers_in("/proc"); }

std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> out;
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return out;
  while (auto* entry = ::readdir(folder.get())) {
    pid_t pid = 0;
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && number(entry->d_name, pid)) out.push_back(pid);
  }
  return out;
}

namespace {

// Everything but the ancestors; the parent's number.
std::optional<std::pair<Actor, pid_t>> read_process(pid_t tid) {
  auto status = read_small(fmt::format("/proc/{}/status", tid));
  pid_t pid = tid;
  number(status_value(status, "\nTgid:"), pid);
  auto stat = read_stat(pid);
  if (!stat) return std::nullopt;
  Actor actor;
  actor.process = info_of(*stat);
  number(status_value(status, "\nUid:", 1), actor.uid);  // the effective one
  actor.session = stat->session;
  actor.cgroup = unified_cgroup(pid);
  actor.client = smb_client_of(pid, actor.process.executable, actor.uid);
  return std::pair(std::move(actor), stat->parent);
}

}  // namespace

std::optional<Actor> read_actor(pid_t tid) {
  auto read = read_process(tid);
  if (!read) return std::nullopt;
  auto& [actor, parent] = *read;
  while (parent > 1 && actor.ancestors.size() < kAncestors) {
    auto above = read_stat(parent);
    if (!above) break;
    actor.ancestors.push_back(info_of(*above));
    parent = above->parent;
  }
  return std::move(actor);
}

std::optional<Actor> ActorReader::read(pid_t tid) {
  if (probe_ == nullptr) return read_actor(tid);
  auto read = read_process(tid);
  if (!read) return std::nullopt;
  auto& [actor, parent] = *read;
  while (parent > 1 && actor.ancestors.size() < kAncestors) {
    auto above = ancestor(parent);
    if (!above) break;
    parent = above->parent;
    actor.ancestors.push_back(std::move(above->info));
  }
  return std::move(actor);
}

std::optional<ActorReader::Ancestor> ActorReader::ancestor(pid_t pid) {
  auto task = probe_->find(pid);
  if (!task) return std::nullopt;
  auto found = ancestors_.find(pid);
  // The parent may have changed when its own died; the one that started it says more.
  if (found != ancestors_.end() && found->second.facts == task->facts) return found->second;
  auto stat = read_stat(pid);
  if (!stat) return std::nullopt;
  Ancestor out{task->facts, info_of(*stat), stat->parent};
  if (ancestors_.size() >= kCached) ancestors_.clear();
  ancestors_[pid] = out;
  return out;
}

std::shared_ptr<const SeenActor> ActorReader::keep(pid_t tid, Entry entry, std::optional<Actor> actor) {
  if (!actor) return nullptr;
  entry.actor = std::make_shared<const SeenActor>(*std::move(actor));
  if (by_key_.size() >= kCached) by_key_.clear();
  by_key_[entry.actor->own_key] = entry.actor;
  if (entries_.size() >= kCached) entries_.clear();
  if (entry.facts.process != 0 && entry.facts.process != tid) entries_[entry.facts.process] = entry;
  return (entries_[tid] = std::move(entry)).actor;
}

// A file server's process acts as its client's user while it opens, and as root between two requests.
bool ActorReader::same(const Entry& entry, TaskFacts facts) {
  if (facts.euid == 0 && !entry.actor->client.empty()) facts.euid = entry.facts.euid;
  return entry.facts == facts;
}

std::shared_ptr<const SeenActor> ActorReader::find(pid_t tid, const TaskFacts& facts) {
  auto found = entries_.find(tid);
  if (found != entries_.end() && same(found->second, facts)) return found->second.actor;
  auto process = entries_.find(facts.process);
  if (process == entries_.end() || !same(process->second, facts)) return nullptr;
  if (entries_.size() >= kCached) return process->second.actor;
  return (entries_[tid] = Entry(process->second)).actor;
}

std::shared_ptr<const SeenActor> ActorReader::remembered(pid_t tid, const TaskFacts& facts) {
  std::lock_guard lock(mutex_);
  return find(tid, facts);
}

std::shared_ptr<const SeenActor> ActorReader::actor_of(pid_t tid, const TaskFacts& facts) {
  std::lock_guard lock(mutex_);
  if (auto actor = find(tid, facts)) return actor;
  Entry entry;
  entry.facts = facts;
  return keep(tid, std::move(entry), read(tid));
}

std::shared_ptr<const SeenActor> ActorReader::actor_of(pid_t tid) {
  if (probe_ != nullptr) {
    if (auto task = probe_->find(tid)) return actor_of(tid, task->facts);
    // Gone: what we knew of it is the best there is, the number is not given out again so soon.
    std::lock_guard lock(mutex_);
    auto found = entries_.find(tid);
    return found == entries_.end() ? nullptr : found->second.actor;
  }
  auto now = clock_.steady();
  std::lock_guard lock(mutex_);
  auto found = entries_.find(tid);
  if (found != entries_.end() && now - found->second.checked < kFresh) return found->second.actor;
  auto stat = read_stat(tid);
  if (!stat) return found == entries_.end() ? nullptr : found->second.actor;
  auto executable = read_link(fmt::format("/proc/{}/exe", tid));
  if (found != entries_.end() && found->second.start_ticks == stat->start_ticks &&
      found->second.executable == executable) {
    found->second.checked = now;
    return found->second.actor;
  }
  Entry entry;
  entry.start_ticks = stat->start_ticks;
  entry.executable = std::move(executable);
  entry.checked = now;
  return keep(tid, std::move(entry), read(tid));
}

std::shared_ptr<const SeenActor> ActorReader::last_with(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

}  // namespace vedette::files
