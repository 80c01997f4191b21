// The watchdog, with guards that do what a guard in trouble does. supervise() forks, so each test runs it in
// a child of its own, with one thread.
#include "files/guard/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace vedette::files {
namespace {
using namespace std::chrono_literals;

// What the guards and alarms of the child leave behind.
struct Seen {
  std::atomic<int> starts, hung, died, gave_up, guard, before;
};

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    void* shared = ::mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    seen_ = new (shared) Seen{};
  }
  void TearDown() override { ::munmap(seen_, sizeof(Seen)); }

  // Returns the watchdog's pid.
  pid_t start(int (*guard)(Heartbeat&, Seen&), SupervisorOptions options = {}) {
    const auto watchdog = ::fork();
    if (watchdog != 0) return watchdog;
    options.before_start = [this] { ++seen_->before; };
    ::_exit(supervise(
        options,
        [&](Heartbeat& heart) {
          seen_->guard = ::getpid();
          ++seen_->starts;
          return guard(heart, *seen_);
        },
        [&](Alarm alarm, int) {
          ++(alarm == Alarm::kHung ? seen_->hung : alarm == Alarm::kDied ? seen_->died : seen_->gave_up);
        }));
  }
  static int end_of(pid_t watchdog) {
    int status = 0;
    ::waitpid(watchdog, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  template <class F>
  static bool soon(F&& ready) {
    for (int i = 0; i < 1'000; ++i) {
      if (ready()) return true;
      ::usleep(10'000);
    }
    return false;
  }
  Seen* seen_ = nullptr;
};

int beat_until_told(Heartbeat& heart, Seen&) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  const timespec wait{0, 20'000'000};
  while (::sigtimedwait(&signals, nullptr, &wait) != SIGTERM) heart.beat();
  return 0;
}

TEST_F(SupervisorTest, AGuardThatEndsByItselfIsNotStartedAgain) {
  EXPECT_EQ(end_of(start([](Heartbeat&, Seen&) { return 7; })), 7);
  EXPECT_EQ(seen_->starts, 1);
  EXPECT_EQ(seen_->before, 1);
}

TEST_F(SupervisorTest, OneThatDiesIsStartedAgainUntilItDiesTooOften) {
  EXPECT_EQ(end_of(start([](Heartbeat&, Seen&) -> int { ::raise(SIGKILL), ::abort(); })), 2);
  EXPECT_EQ(seen_->starts, 5);
  EXPECT_EQ(seen_->before, 5);
  EXPECT_EQ(seen_->died, 5);
  EXPECT_EQ(seen_->gave_up, 1);
}

TEST_F(SupervisorTest, OneThatIsStoppedIsKilledWithinASecondAndReplaced) {
  auto watchdog = start(beat_until_told);
  ASSERT_TRUE(soon([&] { return seen_->starts == 1; }));
  const pid_t first = seen_->guard;
  ::usleep(100'000);  // it has beaten
  const auto stopped = std::chrono::steady_clock::now();
  ::kill(first, SIGSTOP);
  ASSERT_TRUE(soon([&] { return seen_->starts == 2; }));
  const auto took = std::chrono::steady_clock::now() - stopped;
  EXPECT_GE(took, 500ms);
  EXPECT_LT(took, 3s) << "0.7 s, and what a busy machine adds";
  EXPECT_EQ(seen_->hung, 1);
  EXPECT_NE(seen_->guard, first);
  ::kill(watchdog, SIGTERM);
  EXPECT_EQ(end_of(watchdog), 0) << "asked to end, it ends its guard in order";
}

TEST_F(SupervisorTest, AGuardWhoseWatchdogIsKilledIsToldToEnd) {
  auto watchdog = start(beat_until_told);
  ASSERT_TRUE(soon([&] { return seen_->starts == 1; }));
  const pid_t guard = seen_->guard;
  ::kill(watchdog, SIGKILL);
  end_of(watchdog);
  EXPECT_TRUE(soon([&] { return ::kill(guard, 0) != 0; }));
}

}  // namespace
}  // namespace vedette::files
