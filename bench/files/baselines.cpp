// files_baselines: other rules, on the same events and at the same time as Vedette. Each hears of changes
// after the fact (fanotify notification, no permission events) and freezes with SIGSTOP, or only says that it
// would.
//
//   ideal     knows without looking which processes are the attackers, and acts at their third closed file:
//             as many as the weights of the judge want. No rule that only hears afterwards can be faster.
//   entropy   the third closed file whose bytes have an entropy above 7.9 bits
//   renames   more than 100 renames within one second
//   canary    a bait file was written, renamed or deleted
//
//   files_baselines TREE --rule NAME [--freeze COMMAND-LINE-WORD] [--canaries FILE]
//
// Prints one JSON object a line: {"event":"ready"}, {"event":"alarm","at_ns":…,"path":…}. Only processes
// whose command line holds the word are ever stopped.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kFiles = 3, kRenames = 100;
constexpr double kEntropy = 7.9;
constexpr long long kSecond = 1'000'000'000;

long long now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// The attackers: processes whose command line holds the word, or whose parent's does (openssl of a shell).
std::vector<pid_t> attackers(const std::string& word) {
  std::vector<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string words = content("/proc/" + name + "/cmdline");
    if (words.find(word) == std::string::npos) continue;
    const std::string program = words.substr(0, words.find('\0'));
    if (program.ends_with("files_simulator") || program.ends_with("openssl") || program == "bash")
      out.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return out;
}

double entropy(const std::string& bytes) {
  if (bytes.empty()) return 0;
  std::array<double, 256> counts{};
  for (const char c : bytes) counts[static_cast<unsigned char>(c)] += 1;
  double sum = 0;
  for (const double count : counts)
    if (count > 0)
      sum -= count / static_cast<double>(bytes.size()) * std::log2(count / static_cast<double>(bytes.size()));
  return sum;
}

struct Event {
  std::uint64_t mask = 0;
  pid_t pid = 0;
  std::string path;
};

class Rule {
 public:
  Rule(std::string name, std::string freeze, std::set<std::string> canaries)
      : name_(std::move(name)), freeze_(std::move(freeze)), canaries_(std::move(canaries)) {}

  void take(const Event& event) {
    if (hit(event)) alarm(event.path);
  }

 private:
  bool hit(const Event& event) {
    if (name_ == "ideal") {
      if ((event.mask & FAN_CLOSE_WRITE) == 0) return false;
      const std::string words = content(fmt::format("/proc/{}/cmdline", event.pid));
      // A process of a moment is gone when its event is read; the ideal rule knows it all the same.
      if (!words.empty() && words.find(freeze_) == std::string::npos) return false;
      return static_cast<int>(files_.insert(event.path).second ? ++count_ : count_) >= kFiles;
    }
    if (name_ == "entropy") {
      if ((event.mask & (FAN_CLOSE_WRITE | FAN_MOVED_TO)) == 0 || entropy(content(event.path)) <= kEntropy)
        return false;
      return static_cast<int>(files_.insert(event.path).second ? ++count_ : count_) >= kFiles;
    }
    if (name_ == "renames") {
      if ((event.mask & FAN_MOVED_TO) == 0) return false;
      times_.push_back(now_ns());
      while (times_.back() - times_.front() > kSecond) times_.pop_front();
      return times_.size() > kRenames;
    }
    return canaries_.contains(event.path);
  }

  void alarm(const std::string& path) {
    if (alarmed_ && freeze_.empty()) return;
    if (!freeze_.empty())
      for (const pid_t pid : attackers(freeze_)) ::kill(pid, SIGSTOP);
    if (!alarmed_) {
      fmt::print("{{\"event\":\"alarm\",\"at_ns\":{},\"file\":{}}}\n", now_ns(), path.size());
      std::fflush(stdout);
    }
    alarmed_ = true;
  }

  const std::string name_, freeze_;
  const std::set<std::string> canaries_;
  std::set<std::string> files_;
  std::deque<long long> times_;
  int count_ = 0;
  bool alarmed_ = false;
};

// The folder of the event through its handle, and the name in it.
std::string path_of(int mount, const fanotify_event_info_fid* info) {
  auto* handle = reinterpret_cast<file_handle*>(const_cast<unsigned char*>(info->handle));
  const int folder = ::open_by_handle_at(mount, handle, O_RDONLY | O_CLOEXEC | O_PATH);
  if (folder < 0) return {};
  char buffer[4096];
  const auto size = ::readlink(fmt::format("/proc/self/fd/{}", folder).c_str(), buffer, sizeof buffer);
  ::close(folder);
  if (size <= 0) return {};
  const char* name = reinterpret_cast<const char*>(handle->f_handle) + handle->handle_bytes;
  return std::string(buffer, static_cast<std::size_t>(size)) + "/" + name;
}

int watch(const std::string& tree, Rule& rule) {
  const int group = ::fanotify_init(
      FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, O_RDONLY | O_CLOEXEC);
  if (group < 0) return 3;
  // Folder by folder: whoever measures a tree must not hear the rest of its file system.
  std::vector<std::string> folders{tree};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree))
    if (entry.is_directory() && !entry.is_symlink()) folders.push_back(entry.path().string());
  for (const std::string& folder : folders)
    if (::fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
                        FAN_CLOSE_WRITE | FAN_MOVED_TO | FAN_DELETE | FAN_EVENT_ON_CHILD, AT_FDCWD,
                        folder.c_str()) != 0)
      return 3;
  const int mount = ::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fmt::print("{{\"event\":\"ready\"}}\n");
  std::fflush(stdout);
  alignas(fanotify_event_metadata) static char buffer[256 * 1024];
  for (;;) {
    const auto size = ::read(group, buffer, sizeof buffer);
    if (size <= 0) return 3;
    auto left = size;
    for (auto* at = reinterpret_cast<fanotify_event_metadata*>(buffer); FAN_EVENT_OK(at, left);
         at = FAN_EVENT_NEXT(at, left)) {
      if (at->event_len <= at->metadata_len) continue;
      const auto* info = reinterpret_cast<const fanotify_event_info_fid*>(reinterpret_cast<const char*>(at) +
                                                                          at->metadata_len);
      if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME)
        rule.take({at->mask, at->pid, path_of(mount, info)});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string tree, rule = "ideal", freeze;
  std::set<std::string> canaries;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--rule" && i + 1 < argc) {
      rule = argv[++i];
    } else if (word == "--freeze" && i + 1 < argc) {
      freeze = argv[++i];
    } else if (word == "--canaries" && i + 1 < argc) {
      std::ifstream in(argv[++i]);
      for (std::string line; std::getline(in, line);) canaries.insert(line);
    } else {
      tree = word;
    }
  }
  if (tree.empty()) {
    fmt::print(stderr, "usage: files_baselines TREE --rule NAME [--freeze WORD] [--canaries FILE]\n");
    return 2;
  }
  Rule chosen(rule, freeze, std::move(canaries));
  return watch(tree, chosen);
}
