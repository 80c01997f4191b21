// files_load: what a file server does all day, timed. Prints one JSON object: seconds, and the time of each
// open in microseconds (median, 99%, 99.9%), for reading and for writing.
//
//   files_load DIR prepare N office|tiny     makes N files
//   files_load DIR paced OPS SEED            mixed, with a pause of 1 ms before each operation, which is what
//                                            a client of a file server needs for its round trips; "busy" are
//                                            the seconds without the pauses
//   files_load DIR mixed OPS SEED            80% read a file, 12% change it, 8% save it anew by rename
//   files_load DIR synced OPS SEED           the same, and what was written is on the disk before the close
//   files_load DIR churn N SEED              makes, reads, rewrites and deletes N small files
//   files_load DIR large OPS SEED            one file of 64 MiB, opened once: 80% read 64 KiB somewhere, 20%
//   change
//                                            8 KiB; the times are those of each read and each write
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

std::vector<double> reads, writes;

int timed_open(const std::string& path, int flags) {
  const auto before = Clock::now();
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  const double took = std::chrono::duration<double, std::micro>(Clock::now() - before).count();
  ((flags & O_ACCMODE) == O_RDONLY ? reads : writes).push_back(took);
  if (fd < 0) {
    fmt::print(stderr, "files_load: {}: {}\n", path,
               std::error_code(errno, std::generic_category()).message());
    std::exit(3);
  }
  return fd;
}

std::string text(std::size_t count, std::mt19937_64& random) {
  static constexpr const char* kWords[] = {"report ", "budget ",   "district ", "of ",       "the ", "2026 ",
                                           "costs\n", "hospital ", "and ",      "1,204.50 ", "ký ",  "quý "};
  std::string out;
  out.reserve(count + 16);
  while (out.size() < count) out += kWords[random() % std::size(kWords)];
  return out;
}

void put(int fd, const std::string& bytes) {
  if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::exit(3);
}

std::string name(const std::string& dir, std::size_t i) {
  return fmt::format("{}/d{}/f{}.txt", dir, i % 40, i);
}

void prepare(const std::string& dir, std::size_t count, bool tiny) {
  std::mt19937_64 random(5);
  std::lognormal_distribution<double> office(std::log(48'000.0), 1.2);
  for (int i = 0; i < 40; ++i) ::mkdir(fmt::format("{}/d{}", dir, i).c_str(), 0755);
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::open(name(dir, i).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) std::exit(3);
    put(fd, text(tiny ? 500 + random() % 3'500
                      : static_cast<std::size_t>(std::clamp(office(random), 2'000.0, 4e6)),
                 random));
    ::close(fd);
  }
}

void read_all(int fd) {
  static char piece[256 * 1024];
  while (::read(fd, piece, sizeof piece) > 0) {
  }
}

double paused = 0;  // seconds

void mixed(const std::string& dir, std::size_t operations, std::uint64_t seed, bool synced, long pause_us) {
  std::size_t count = 0;
  while (::access(name(dir, count).c_str(), F_OK) == 0) ++count;
  if (count == 0) std::exit(3);
  std::mt19937_64 random(seed);
  ::prctl(PR_SET_TIMERSLACK, 1);
  for (std::size_t i = 0; i < operations; ++i) {
    if (pause_us > 0) {
      const auto before = Clock::now();
      const timespec pause{0, pause_us * 1'000};
      ::nanosleep(&pause, nullptr);
      paused += std::chrono::duration<double>(Clock::now() - before).count();
    }
    const std::string path = name(dir, random() % count);
    const auto what = random() % 100;
    if (what < 80) {
      const int fd = timed_open(path, O_RDONLY);
      read_all(fd);
      ::close(fd);
    } else if (what < 92) {
      const int fd = timed_open(path, O_RDWR);
      const std::string bytes = text(2'000, random);
      if (::pwrite(fd, bytes.data(), bytes.size(), 0) < 0) std::exit(3);
      if (synced && ::fdatasync(fd) != 0) std::exit(3);
      ::close(fd);
    } else {
      const int fd = timed_open(path, O_RDONLY);
      struct stat status{};
      ::fstat(fd, &status);
      read_all(fd);
      ::close(fd);
      const int out = timed_open(path + "~", O_WRONLY | O_CREAT | O_TRUNC);
      put(out, text(static_cast<std::size_t>(status.st_size), random));
      if (synced && ::fdatasync(out) != 0) std::exit(3);
      ::close(out);
      if (::rename((path + "~").c_str(), path.c_str()) != 0) std::exit(3);
    }
  }
}

void churn(const std::string& dir, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < 40; ++i) ::mkdir(fmt::format("{}/d{}", dir, i).c_str(), 0755);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string path = name(dir, i);
      const int fd = timed_open(path, round == 1 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC);
      if (round == 1) {
        read_all(fd);
      } else {
        put(fd, text(500 + random() % 3'500, random));
      }
      ::close(fd);
    }
  }
  for (std::size_t i = 0; i < count; ++i) ::unlink(name(dir, i).c_str());
}

void large(const std::string& dir, std::size_t operations, std::uint64_t seed) {
  constexpr std::size_t kSize = 64 << 20, kRead = 64 << 10, kWrite = 8 << 10;
  std::mt19937_64 random(seed);
  const std::string path = dir + "/large.db";
  if (::access(path.c_str(), F_OK) != 0) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) std::exit(3);
    for (std::size_t at = 0; at < kSize; at += 1 << 20) put(fd, text(1 << 20, random).substr(0, 1 << 20));
    ::close(fd);
  }
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) std::exit(3);
  static char piece[kRead];
  const std::string changed = text(kWrite, random).substr(0, kWrite);
  for (std::size_t i = 0; i < operations; ++i) {
    const bool is_read = random() % 100 < 80;
    const auto at = static_cast<off_t>(random() % (kSize / kWrite - kRead / kWrite) * kWrite);
    const auto before = Clock::now();
    const auto done = is_read ? ::pread(fd, piece, kRead, at) : ::pwrite(fd, changed.data(), kWrite, at);
    (is_read ? reads : writes)
        .push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
    if (done <= 0) std::exit(3);
  }
  ::close(fd);
}

std::string shares(std::vector<double>& times) {
  if (times.empty()) return "null";
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[std::min(times.size() - 1,
                          static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  };
  return fmt::format("{{\"count\":{},\"p50\":{:.1f},\"p99\":{:.1f},\"p999\":{:.1f},\"max\":{:.1f}}}",
                     times.size(), at(0.5), at(0.99), at(0.999), times.back());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(
        stderr,
        "usage: files_load DIR prepare N office|tiny | mixed|synced|paced|large OPS SEED | churn N SEED\n");
    return 2;
  }
  const std::string dir = argv[1], what = argv[2];
  const std::size_t count = std::stoul(argv[3]);
  const auto start = Clock::now();
  if (what == "prepare") {
    prepare(dir, count, std::string(argv[4]) == "tiny");
  } else if (what == "mixed" || what == "synced" || what == "paced") {
    mixed(dir, count, std::stoull(argv[4]), what == "synced", what == "paced" ? 1'000 : 0);
  } else if (what == "large") {
    large(dir, count, std::stoull(argv[4]));
  } else if (what == "churn") {
    churn(dir, count, std::stoull(argv[4]));
  } else {
    return 2;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  fmt::print("{{\"seconds\":{:.4f},\"busy\":{:.4f},\"read_us\":{},\"write_us\":{}}}\n", seconds,
             seconds - paused, shares(reads), shares(writes));
  return 0;
}
