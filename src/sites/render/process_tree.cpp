#include "sites/render/process_tree.h"

#include <dirent.h>
#include <signal.h>

#include <charconv>
#include <fstream>
#include <string>

namespace vedette::sites {
namespace {

constexpr std::size_t kProcessesMax = 1'024;

// Field 4 of /proc/PID/stat; the command in field 2 may contain spaces and parentheses, so read from the last
// ')'.
pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return -1;
  auto close = line.rfind(')');
  if (close == std::string::npos || close + 4 >= line.size()) return -1;
  pid_t parent = -1;
  std::from_chars(line.data() + close + 4, line.data() + line.size(), parent);
  return parent;
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root) {
  std::unordered_map<pid_t, std::vector<pid_t>> children;
  if (DIR* proc = opendir("/proc")) {
    while (const dirent* entry = readdir(proc)) {
      std::string_view name = entry->d_name;
      pid_t pid = 0;
      auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
      if (error != std::errc() || end != name.data() + name.size()) continue;
      if (pid_t parent = parent_of(pid); parent > 0) children[parent].push_back(pid);
    }
    closedir(proc);
  }
  std::vector<pid_t> out{root};
  for (std::size_t i = 0; i < out.size() && out.size() < kProcessesMax; ++i) {
    for (pid_t child : children[out[i]]) out.push_back(child);
  }
  return out;
}

std::uint64_t memory_of(const std::vector<pid_t>& processes) {
  std::uint64_t kib = 0;
  for (pid_t pid : processes) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("RssAnon:") && !line.starts_with("RssShmem:")) continue;
      auto digit = line.find_first_of("0123456789");
      if (digit == std::string::npos) continue;
      std::uint64_t value = 0;
      std::from_chars(line.data() + digit, line.data() + line.size(), value);
      kib += value;
    }
  }
  return kib * 1024;
}

void kill_tree(pid_t root) {
  // Twice, because a process may start another one while the list is read.
  for (int round = 0; round < 2; ++round) {
    auto tree = process_tree(root);
    kill(-root, SIGKILL);
    for (pid_t pid : tree) kill(pid, SIGKILL);
  }
}

}  // namespace vedette::sites
