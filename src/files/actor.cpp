#include "files/actor.h"

#include <fmt/format.h>

namespace vedette::files {

std::string Actor::key() const {
  std::string key = cgroup.empty() || cgroup == "/" ? fmt::format("session {}", session) : cgroup;
  key += fmt::format("|{}|{}|{}", uid, client, process.executable);
  for (const ProcessInfo& ancestor : ancestors) key += "<" + ancestor.executable;
  return key;
}

}  // namespace vedette::files
