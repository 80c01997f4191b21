// files_null_gate: the least that any guard of this kind can cost. It hears of each open of a tree as
// Vedette's gate does (fanotify permission events, read by a thread of the real-time class) and allows it at
// once, without looking.
//
//   files_null_gate TREE
//
// What a load takes with it, over what it takes without, is the price of the kernel's question itself on this
// machine: two changes of task an open, and waking a core that sleeps. No guard that asks before an open can
// go below it.
//
// Prints {"event":"ready"} and goes on until it is told to stop. Exit code 3: the kernel does not allow it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

bool mark(int group, const std::string& folder) {
  return ::fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD,
                         folder.c_str()) == 0;
}

void allow_all(int group) {
  alignas(fanotify_event_metadata) static char buffer[64 * 1024];
  for (;;) {
    auto left = ::read(group, buffer, sizeof buffer);
    if (left <= 0) return;
    for (auto* at = reinterpret_cast<fanotify_event_metadata*>(buffer); FAN_EVENT_OK(at, left);
         at = FAN_EVENT_NEXT(at, left)) {
      if (at->fd < 0) continue;
      const fanotify_response answer{at->fd, FAN_ALLOW};
      if (::write(group, &answer, sizeof answer) < 0) return;
      ::close(at->fd);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: files_null_gate TREE\n");
    return 2;
  }
  const std::string tree = argv[1];
  const int group =
      ::fanotify_init(FAN_CLOEXEC | FAN_CLASS_CONTENT | FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                      O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);
  if (group < 0 || !mark(group, tree)) return 3;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree))
    if (entry.is_directory() && !entry.is_symlink() && !mark(group, entry.path().string())) return 3;
  const sched_param first{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_FIFO, &first);
  fmt::print("{{\"event\":\"ready\"}}\n");
  std::fflush(stdout);
  allow_all(group);
}
