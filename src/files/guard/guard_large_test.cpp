// Files above the size cap, on a real kernel: whatever way they are overwritten, they come back. Needs root,
// and FAN_PRE_ACCESS (Linux 6.14).
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "files/guard/guard_service.h"
#include "files/guard/rollback.h"
#include "store/temporary_folder.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kCap = 64 * 1024, kSize = 100 * 4096 + 77;

std::string content_of(int number) {
  std::string out;
  for (int line = 0; out.size() < kSize; ++line)
    out +=
        fmt::format("Ledger {}, line {}: {} sacks of rice.\n", number, line, (line * 7919 + number) % 1000);
  out.resize(kSize);
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string random_bytes(std::size_t size) {
  static std::mt19937_64 engine(7);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(engine());
  return out;
}

// In another process; true when it ended well.
bool elsewhere(const std::function<bool()>& work) {
  auto pid = ::fork();
  if (pid == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && status == 0;
}

bool put(int fd, std::string_view bytes, std::uint64_t at) {
  return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
         static_cast<ssize_t>(bytes.size());
}

struct Way {
  const char* name;
  std::function<bool(const std::string& path)> overwrite;
};

std::vector<Way> ways() {
  const auto open = [](const std::string& path, int flags) { return UniqueFd(::open(path.c_str(), flags)); };
  return {
      {"pieces of it",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         bool well = true;
         for (std::uint64_t at = 0; at < kSize; at += 40'000)
           well &= put(file.get(), random_bytes(5'000), at);
         return well;
       }},
      {"one byte at its end",
       [=](const std::string& path) { return put(open(path, O_WRONLY).get(), "x", kSize - 1); }},
      {"emptied when it is opened",
       [=](const std::string& path) {
         return put(open(path, O_WRONLY | O_TRUNC).get(), random_bytes(kSize), 0);
       }},
      {"made shorter, then longer",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         return ::ftruncate(file.get(), 10'000) == 0 && put(file.get(), random_bytes(2 * kSize), 10'000);
       }},
      {"mapped",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         void* at = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
         if (at == MAP_FAILED) return false;
         std::memcpy(at, random_bytes(kSize).data(), kSize);
         return ::munmap(at, kSize) == 0;
       }},
      {"a hole in it",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         return ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 100'000) == 0 &&
                put(file.get(), "x", 0);
       }},
      {"a part taken out",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         // Not every file system can.
         return (::fallocate(file.get(), FALLOC_FL_COLLAPSE_RANGE, 8192, 16384) == 0 ||
                 errno == EOPNOTSUPP) &&
                put(file.get(), "x", 0);
       }},
      {"by sendfile",
       [=](const std::string& path) {
         auto file = open(path, O_WRONLY), from = open("/proc/self/exe", O_RDONLY);
         return ::sendfile(file.get(), from.get(), nullptr, 200'000) == 200'000;
       }},
      {"by two programs in turn",
       [=](const std::string& path) {
         const auto one = [&](std::size_t size, std::uint64_t at) {
           return elsewhere([&] { return put(open(path, O_RDWR).get(), random_bytes(size), at); });
         };
         return one(9'000, 4096) && one(20'000, 10'000) && one(9'000, 60'000);
       }},
      {"through a descriptor that a child inherited",
       [=](const std::string& path) {
         auto file = open(path, O_RDWR);
         return elsewhere([&] { return put(file.get(), random_bytes(9'000), 70'000); });
       }},
  };
}

struct Heard : GuardListener {
  void on_incident(const FileIncident& incident, const std::vector<Deed>&) override {
    std::lock_guard lock(mutex);
    attacker = incident.actor.process.pid;
  }
  void on_rollback(const FileIncident&, const std::vector<RestoredFile>& files) override {
    std::lock_guard lock(mutex);
    restored = files;
  }
  void on_notice(const GuardNotice&) override {}
  std::mutex mutex;
  pid_t attacker = 0;
  std::vector<RestoredFile> restored;
};

struct GuardLarge : testing::Test {
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    fs::create_directories(tree);
  }
  void start(std::uint64_t vault_bytes = 1ull << 30, GuardMode mode = GuardMode::kObserve) {
    GuardOptions options;
    options.trees = {fs::canonical(tree).string()};
    options.vault = vault;
    options.mode = mode;
    options.limits.file_bytes_max = kCap;
    options.limits.bytes_max = vault_bytes;
    options.hold_when_full = false;
    service = std::make_unique<GuardService>(options, clock, &heard);
    if (auto started = service->start(); !started) {
      service.reset();
      GTEST_SKIP() << started.error().full();
    }
    auto status = service->guard().status();
    if (!status.stretches) {
      service.reset();
      GTEST_SKIP() << "FAN_PRE_ACCESS is not to be had here";
    }
  }
  bool shares() {
    UniqueFd a(::open(folder.path().c_str(), O_TMPFILE | O_RDWR, 0600)),
        b(::open(folder.path().c_str(), O_TMPFILE | O_RDWR, 0600));
    return share_content(a.get(), b.get());
  }
  void found(std::size_t files) {
    if (shares()) return;
    for (int i = 0; i < 100 && service->guard().status().large_files < files; ++i)
      std::this_thread::sleep_for(50ms);
    ASSERT_EQ(service->guard().status().large_files, files) << "they are found before anybody opens them";
    std::this_thread::sleep_for(1100ms);  // until the marks are trusted
  }
  // All that the guard has seen is judged.
  void settled() {
    for (auto before = ~0ull; before != service->guard().status().deeds;) {
      before = service->guard().status().deeds;
      std::this_thread::sleep_for(300ms);
    }
  }
  std::vector<RestoredFile> restore() {
    settled();
    service->stop();
    service.reset();
    auto store = *Vault::open(vault, {}, clock);
    return roll_back(*store, {store->found_at_start().deeds.begin(), store->found_at_start().deeds.end()});
  }
  std::string path(int number) { return (fs::canonical(tree) / fmt::format("ledger{}", number)).string(); }
  void write(int number) { std::ofstream(path(number), std::ios::binary) << content_of(number); }

  Heard heard;
  store::TemporaryFolder folder;
  fs::path tree = folder.path() / "tree", vault = folder.path() / "vault";
  SystemClock clock;
  std::unique_ptr<GuardService> service;
};

TEST_F(GuardLarge, EveryWayOfOverwritingIsUndone) {
  const auto all = ways();
  const int count = static_cast<int>(all.size());
  for (int i = 0; i < count; ++i) write(i);
  start();
  if (!service) return;
  if (!shares()) {
    for (int i = 0; i < 100 && service->guard().status().large_files < all.size(); ++i)
      std::this_thread::sleep_for(50ms);
    ASSERT_EQ(service->guard().status().large_files, all.size())
        << "they are found before anybody opens them";
    std::this_thread::sleep_for(1100ms);
  }
  for (int i = 0; i < count; ++i)
    EXPECT_TRUE(elsewhere([&] { return all[i].overwrite(path(i)); })) << all[i].name;
  for (int i = 0; i < count; ++i) EXPECT_NE(read_file(path(i)), content_of(i)) << all[i].name;
  const auto status = service->guard().status();
  for (const auto& file : restore()) EXPECT_EQ(file.error, "") << file.path;
  for (int i = 0; i < count; ++i) EXPECT_TRUE(read_file(path(i)) == content_of(i)) << all[i].name;
  if (shares()) return;
  EXPECT_GT(status.stretches_kept, 0u);
  EXPECT_LT(status.vault.bytes, all.size() * kSize) << "only what was overwritten is kept";
}

TEST_F(GuardLarge, AFileThatNobodyKnewIsKeptWhole) {
  write(0);
  start();
  if (!service) return;
  // Written under another name outside and moved in: no mark was on it when it is opened.
  const auto outside = folder.path() / "outside";
  std::ofstream(outside, std::ios::binary) << content_of(1);
  fs::rename(outside, path(1));
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(elsewhere(
        [&] { return put(UniqueFd(::open(path(i).c_str(), O_RDWR)).get(), random_bytes(9'000), 0); }));
  for (const auto& file : restore()) EXPECT_EQ(file.error, "") << file.path;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(read_file(path(i)) == content_of(i)) << i;
}

TEST_F(GuardLarge, WhatTheVaultHadNoRoomForIsNotRestoredToSomethingElse) {
  write(0);
  if (shares()) GTEST_SKIP() << "blocks are shared here: nothing is copied";
  start(3 * 4096);
  if (!service) return;
  for (int i = 0; i < 100 && service->guard().status().large_files < 1; ++i)
    std::this_thread::sleep_for(50ms);
  std::this_thread::sleep_for(1100ms);
  EXPECT_TRUE(elsewhere([&] {
    UniqueFd file(::open(path(0).c_str(), O_RDWR));
    return put(file.get(), random_bytes(4096), 0) && put(file.get(), random_bytes(50'000), 40'960);
  })) << "nobody is kept from writing";
  const auto now = read_file(path(0));
  auto files = restore();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_NE(files[0].error, "");
  EXPECT_TRUE(read_file(path(0)) == now) << "it is left as it was found";
}

TEST_F(GuardLarge, AnAttackOnThemIsStoppedAndUndone) {
  constexpr int kFiles = 30;
  for (int i = 0; i < kFiles; ++i) write(i);
  start(1ull << 30, GuardMode::kRollback);
  if (!service) return;
  found(kFiles);
  // Of a session of its own: neither a child of the guard nor of whoever started it, which it spares.
  const auto middle = ::fork();
  if (middle == 0) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    for (int i = 0; i < kFiles; ++i) {
      UniqueFd file(::open(path(i).c_str(), O_RDWR));
      put(file.get(), random_bytes(kSize), 0);
    }
    ::_exit(0);
  }
  ::waitpid(middle, nullptr, 0);
  std::vector<RestoredFile> restored;
  for (int i = 0; i < 300 && restored.empty(); ++i) {
    std::this_thread::sleep_for(100ms);
    std::lock_guard lock(heard.mutex);
    restored = heard.restored;
  }
  EXPECT_FALSE(restored.empty()) << "it was not noticed";
  EXPECT_LE(restored.size(), 12u);
  for (const auto& file : restored) EXPECT_EQ(file.error, "") << file.path;
  for (int i = 0; i < kFiles; ++i) EXPECT_TRUE(read_file(path(i)) == content_of(i)) << i;
  std::lock_guard lock(heard.mutex);
  if (heard.attacker > 0) ::kill(heard.attacker, SIGKILL);
}

TEST_F(GuardLarge, ReadersGoOnAndKeepNothing) {
  write(0);
  start();
  if (!service) return;
  found(1);
  EXPECT_TRUE(elsewhere([&] { return read_file(path(0)) == content_of(0); }));
  EXPECT_EQ(service->guard().status().stretches_asked, 0u) << "nobody writes to it: nobody is asked";
  EXPECT_EQ(service->guard().status().vault.images, 0u);
  EXPECT_TRUE(elsewhere([&] {
    UniqueFd file(::open(path(0).c_str(), O_RDWR));
    char byte = 0;
    return ::pread(file.get(), &byte, 1, 5) == 1 && put(file.get(), "x", 5);
  }));
  if (shares()) return;
  EXPECT_EQ(service->guard().status().stretches_asked, 2u);
  EXPECT_EQ(service->guard().status().stretches_kept, 1u) << "a read keeps nothing";
}

}  // namespace
}  // namespace vedette::files
