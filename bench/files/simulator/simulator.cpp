// files_simulator: does to throw-away files what encrypting malware does to real ones, so that a watch can be
// tried. Refuses to work outside a sandbox (sandbox.h). The key is random and stands in the journal: what it
// did can be undone by hand. It does not spread, talk to anybody, raise rights, hide, or touch anything else.
//
//   files_simulator --list
//   files_simulator --prepare DIR      writes the marker into an empty or temporary folder
//   files_simulator DIR --pattern NAME [--how one|threads|processes|sessions|cgroups] [--cipher aes|chacha]
//                   [--journal FILE] [--files N] [--pause-ms N] [--work N] [--seed N] [--ending .x]
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "simulator/journal.h"
#include "simulator/patterns.h"
#include "simulator/sandbox.h"

namespace vedette::simulator {
namespace {

constexpr int kThreads = 8, kGroups = 4;

struct Options {
  std::string root, pattern = "full_in_place", how = "one", cipher = "aes", journal, ending = ".q7x2k";
  std::size_t files = 100'000;
  long pause_ms = 0, work = 0;
  std::uint64_t seed = 1;
};

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// A line behind a text or log: what any program does all day.
void harmless(const std::vector<std::string>& texts, std::size_t which) {
  if (texts.empty()) return;
  const int fd = ::open(texts[which % texts.size()].c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  const std::string line = fmt::format("{} entry {} was looked at and is in order\n", ::getpid(), which);
  if (::write(fd, line.data(), line.size()) < 0) fmt::print(stderr, "a harmless line was not written\n");
  ::close(fd);
}

class Run {
 public:
  Run(const Options& options, const Pattern& pattern, const Cipher& cipher, const Journal& journal)
      : options_(options), pattern_(pattern), cipher_(cipher), journal_(journal) {
    files_ = files_below(options.root, options.files);
    std::mt19937_64 random(options.seed);
    // Folder by folder, as a walk does, but not in the order of the alphabet.
    std::shuffle(files_.begin(), files_.end(), random);
    std::stable_sort(files_.begin(), files_.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    if (options.work > 0) {
      std::erase_if(files_, [&](const std::string& path) {
        if (!path.ends_with(".txt") && !path.ends_with(".log")) return false;
        texts_.push_back(path);
        return true;
      });
    }
  }

  bool everything() {
    if (files_.empty()) return false;
    if (pattern_.shell) return shell();
    if (options_.how == "threads") return threads();
    if (options_.how == "processes" || options_.how == "sessions") return processes();
    if (options_.how == "cgroups") return groups();
    journal_.process();
    for (std::size_t i = 0; i < files_.size(); ++i) one(i);
    return true;
  }

 private:
  std::string place(const std::string& path) const {
    const std::string folder = path.substr(0, path.rfind('/'));
    return fmt::format("{:016x}", std::hash<std::string>{}(folder + std::to_string(options_.seed)));
  }

  void one(std::size_t index) {
    const std::string& path = files_[index];
    if (pattern_.note) {
      const std::string folder = path.substr(0, path.rfind('/'));
      std::unique_lock lock(notes_mutex_);
      const bool first = notes_.insert(folder).second;
      lock.unlock();
      if (first && !leave_note(folder)) journal_.event("no_note", folder);
    }
    journal_.event("begin", path);
    journal_.event(pattern_.run(path, cipher_) ? "done" : "failed", path);
    for (long i = 0; i < options_.work; ++i) harmless(texts_, static_cast<std::size_t>(work_++));
    if (options_.pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(options_.pause_ms));
  }

  bool threads() {
    journal_.process();
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> all;
    for (int i = 0; i < kThreads; ++i)
      all.emplace_back([&] {
        for (std::size_t at; (at = next++) < files_.size();) one(at);
      });
    return true;
  }

  // A process for each file; for `sessions` each in a session of its own, so that nothing but the program
  // and its parent joins them.
  bool processes() {
    journal_.process();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const pid_t child = ::fork();
      if (child < 0) return false;
      if (child == 0) {
        if (options_.how == "sessions") ::setsid();
        journal_.process();
        one(i);
        ::_exit(0);
      }
      int status = 0;
      if (::waitpid(child, &status, 0) != child) return false;
    }
    return true;
  }

  bool groups() {
    std::string base;
    std::ifstream mounts("/proc/mounts");
    for (std::string device, at, type, rest; mounts >> device >> at >> type && std::getline(mounts, rest);)
      if (type == "cgroup2") base = at;
    if (base.empty()) {
      fmt::print(stderr, "no cgroup2 is mounted\n");
      return false;
    }
    std::vector<pid_t> children;
    for (int g = 0; g < kGroups; ++g) {
      const std::string group = fmt::format("{}/vedette-simulator-{}-{}", base, ::getpid(), g);
      if (::mkdir(group.c_str(), 0755) != 0) return false;
      const pid_t child = ::fork();
      if (child < 0) return false;
      if (child == 0) {
        std::ofstream(group + "/cgroup.procs") << ::getpid() << std::flush;
        journal_.process();
        for (std::size_t i = static_cast<std::size_t>(g); i < files_.size(); i += kGroups) one(i);
        ::_exit(0);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    for (int g = 0; g < kGroups; ++g)
      ::rmdir(fmt::format("{}/vedette-simulator-{}-{}", base, ::getpid(), g).c_str());
    return true;
  }

  bool shell() {
    journal_.process();
    std::string script = "for f in \"$@\"; do\n";
    script += fmt::format("openssl enc -{} -K {} -iv {} -in \"$f\" -out \"$f{}\" && rm \"$f\"\n",
                          cipher_.chacha ? "chacha20" : "aes-256-ctr", hex(cipher_.key),
                          hex(cipher_.key.substr(0, 16)), cipher_.ending);
    script += "done\n";
    std::vector<std::string> words{"bash", "-c", script, "simulator"};
    words.insert(words.end(), files_.begin(), files_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    journal_.event("begin", files_.front());
    const pid_t child = ::fork();
    if (child == 0) {
      ::execvp("bash", arguments.data());
      ::_exit(127);
    }
    return child > 0 && ::waitpid(child, nullptr, 0) == child;
  }

  const Options& options_;
  const Pattern& pattern_;
  const Cipher& cipher_;
  const Journal& journal_;
  std::vector<std::string> files_, texts_;
  std::mutex notes_mutex_;
  std::set<std::string> notes_;
  std::atomic<long> work_{0};
};

int usage(const std::string& why) {
  fmt::print(stderr,
             "files_simulator: {}\nusage: files_simulator DIR --pattern NAME [--how HOW] ... | --list | "
             "--prepare DIR\n",
             why);
  return 2;
}

int prepare(const std::string& folder) {
  std::error_code error;
  const std::string root = std::filesystem::canonical(folder, error).string();
  if (error) return usage(folder + ": " + error.message());
  const std::string marker = root + "/" + kMarker;
  std::ofstream(marker) << marker_text(root) << std::flush;
  std::string why;
  if (open_sandbox(root, why)) return 0;
  ::unlink(marker.c_str());
  return usage(why);
}

int run(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--list") {
      for (const Pattern& pattern : patterns()) fmt::print("{}\t{}\n", pattern.name, pattern.text);
      return 0;
    }
    if (!word.starts_with("--")) {
      options.root = word;
      continue;
    }
    if (i + 1 >= words.size()) return usage(word + " wants a value");
    const std::string& value = words[++i];
    if (word == "--prepare") return prepare(value);
    if (word == "--pattern") {
      options.pattern = value;
    } else if (word == "--how") {
      options.how = value;
    } else if (word == "--cipher") {
      options.cipher = value;
    } else if (word == "--journal") {
      options.journal = value;
    } else if (word == "--ending") {
      options.ending = value;
    } else if (word == "--files") {
      options.files = std::stoul(value);
    } else if (word == "--pause-ms") {
      options.pause_ms = std::stol(value);
    } else if (word == "--work") {
      options.work = std::stol(value);
    } else if (word == "--seed") {
      options.seed = std::stoull(value);
    } else {
      return usage("unknown option " + word);
    }
  }
  std::string why;
  const auto root = open_sandbox(options.root, why);
  if (!root) return usage(why);
  options.root = *root;
  const Pattern* pattern = find_pattern(options.pattern);
  if (pattern == nullptr) return usage("no pattern " + options.pattern);
  static constexpr std::string_view kHow[] = {"one", "threads", "processes", "sessions", "cgroups"};
  if (std::find(std::begin(kHow), std::end(kHow), options.how) == std::end(kHow))
    return usage("no way " + options.how);
  Cipher cipher{options.cipher == "chacha", std::string(32, '\0'), options.ending};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(cipher.key.data()), 32) != 1) return 3;
  const Journal journal(options.journal);
  journal.key(options.cipher, hex(cipher.key));
  return Run(options, *pattern, cipher, journal).everything() ? 0 : 3;
}

}  // namespace
}  // namespace vedette::simulator

int main(int argc, char** argv) {
  try {
    return vedette::simulator::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "files_simulator: {}\n", error.what());
    return 2;
  }
}
