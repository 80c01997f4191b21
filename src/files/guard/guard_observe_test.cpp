// A guard without CAP_SYS_ADMIN: the capability is really dropped, on the thread that starts it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>

#include "files/guard/guard.h"
#include "files/guard/recovery.h"
#include "files/judge/test_files.h"
#include "store/temporary_folder.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Threads that are started meanwhile inherit it.
class WithoutAdmin {
 public:
  WithoutAdmin() {
    ok = ::syscall(SYS_capget, &header_, before_) == 0;
    __user_cap_data_struct less[2] = {before_[0], before_[1]};
    less[0].effective &= ~(1U << CAP_SYS_ADMIN);
    ok = ok && ::syscall(SYS_capset, &header_, less) == 0;
  }
  ~WithoutAdmin() { ::syscall(SYS_capset, &header_, before_); }
  bool ok = false;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before_[2]{};
};

struct Ear final : GuardListener {
  void on_incident(const FileIncident& incident, const std::vector<Deed>&) override {
    std::lock_guard lock(mutex);
    incidents.push_back(incident);
    heard.notify_all();
  }
  void on_rollback(const FileIncident&, const std::vector<RestoredFile>&) override {}
  void on_notice(const GuardNotice& notice) override {
    std::lock_guard lock(mutex);
    notices.push_back(notice.kind);
  }
  std::mutex mutex;
  std::condition_variable heard;
  std::vector<FileIncident> incidents;
  std::vector<std::string> notices;
};

struct GuardObserveTest : testing::Test {
  void SetUp() override {
    for (int f = 0; f < 3; ++f) {
      fs::create_directories(tree / fmt::format("f{}", f));
      for (int i = 0; i < 12; ++i)
        std::ofstream(file(f, i), std::ios::binary) << test_files::words(5'000, 100 * f + i + 1);
    }
    GuardOptions options;
    options.trees = {tree.string()};
    options.vault = folder / "vault";
    options.mode = GuardMode::kHold;
    WithoutAdmin less;
    ASSERT_TRUE(less.ok);
    guard = std::make_unique<Guard>(options, clock, ear);
    auto started = guard->start();
    ASSERT_TRUE(started) << started.error().full();
    ASSERT_TRUE(guard->status().observes_only);
    while (!guard->status().learned) std::this_thread::yield();
  }
  fs::path file(int f, int i) const { return tree / fmt::format("f{}/letter{}.txt", f, i); }
  bool told() {
    std::unique_lock lock(ear.mutex);
    return ear.heard.wait_for(lock, 30s, [&] { return !ear.incidents.empty(); });
  }
  store::TemporaryFolder folder;
  fs::path tree = fs::canonical(folder.path()) / "tree";
  SystemClock clock;
  Ear ear;
  std::unique_ptr<Guard> guard;
};

TEST_F(GuardObserveTest, SaysThatItOnlyObservesAndFindsAnAttackOnce) {
  EXPECT_THAT(ear.notices, testing::ElementsAre("observe_only"));
  for (int f = 0; f < 3; ++f)
    for (int i = 0; i < 12; ++i) {
      std::ofstream(file(f, i), std::ios::binary) << test_files::random_bytes(5'000, 1'000 * f + i);
      fs::rename(file(f, i), file(f, i).string() + ".locked");
    }
  ASSERT_TRUE(told());
  while (guard->incident(ear.incidents[0].id)->second.size() < 72) std::this_thread::yield();
  EXPECT_EQ(ear.incidents.size(), 1U) << "three folders are one alert";
  const auto& incident = ear.incidents[0];
  EXPECT_EQ(incident.state, IncidentState::kObserved);
  EXPECT_EQ(incident.actor.process.pid, 0);
  EXPECT_GE(incident.directory_score, 1);

  auto undone = guard->resolve(incident.id, Decision::kRollback);
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(fs::exists(file(0, 0).string() + ".locked")) << "nothing is taken away";
  auto frozen = guard->freeze_incident(incident.id);
  ASSERT_FALSE(frozen);
  EXPECT_EQ(frozen.error().code(), ErrorCode::kNotFound);

  guard->stop();
  guard.reset();
  auto later = recover(folder / "vault", incident.id, Recovery::kRollback, clock);
  ASSERT_FALSE(later) << "nor without a guard";
  EXPECT_EQ(later.error().code(), ErrorCode::kUnsupported);
}

TEST_F(GuardObserveTest, WorkIsNoAttackAndALeaveIsALeave) {
  for (int i = 0; i < 12; ++i) {
    std::ofstream(file(0, i), std::ios::binary | std::ios::app) << test_files::words(300, 7);
    fs::remove(file(1, i));
    fs::rename(file(2, i), tree / fmt::format("f2/moved{}.txt", i));
  }
  while (guard->status().judged < 36) std::this_thread::yield();
  EXPECT_TRUE(guard->incidents().empty());

  for (int i = 0; i < 4; ++i)
    std::ofstream(file(0, i), std::ios::binary) << test_files::random_bytes(5'000, 50 + i);
  ASSERT_TRUE(told());
  ASSERT_TRUE(guard->resolve(ear.incidents[0].id, Decision::kAllow, clock.wall() + 1h));
  for (int i = 4; i < 12; ++i)
    std::ofstream(file(0, i), std::ios::binary) << test_files::random_bytes(5'000, 70 + i);
  while (guard->status().judged < 48) std::this_thread::yield();
  EXPECT_EQ(guard->incidents().size(), 1U);
}

}  // namespace
}  // namespace vedette::files
