#include "files/guard/supervisor.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <deque>
#include <new>

#include "base/assert.h"

namespace vedette::files {
namespace {

constexpr auto kLook = std::chrono::milliseconds(50);

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct Ended {
  bool asked = false;  // by a signal to the watchdog
  bool hung = false;
  int status = 0;
};

// Until the guard has ended.
Ended watch(pid_t guard, const Heartbeat& heart, const SupervisorOptions& options, const sigset_t& signals) {
  Ended ended;
  const timespec look{0, std::chrono::nanoseconds(kLook).count()};
  auto looked = now_ns();
  while (::waitpid(guard, &ended.status, WNOHANG) != guard) {
    int number = ::sigtimedwait(&signals, nullptr, &look);
    if (number == SIGINT || number == SIGTERM) {
      ended.asked = true;
      ::kill(guard, SIGTERM);
    }
    // If this process itself could not run, or the machine slept, the guard gets its time anew.
    auto before = std::exchange(looked, now_ns());
    if (looked - before > std::chrono::nanoseconds(options.hang_limit).count() / 2) continue;
    if (heart.age() < options.hang_limit) continue;
    ended.hung = true;
    ::kill(guard, SIGKILL);
    ::waitpid(guard, &ended.status, 0);
    return ended;
  }
  return ended;
}

}  // namespace

void Heartbeat::beat() { last_ns_.store(now_ns()); }
std::chrono::nanoseconds Heartbeat::age() const {
  auto last = last_ns_.load();
  return std::chrono::nanoseconds(last == 0 ? 0 : now_ns() - last);
}

int supervise(const SupervisorOptions& options, const std::function<int(Heartbeat&)>& guard,
              const std::function<void(Alarm, int pid)>& alarm) {
  void* shared =
      ::mmap(nullptr, sizeof(Heartbeat), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  VEDETTE_ASSERT(shared != MAP_FAILED);
  auto* heart = new (shared) Heartbeat;
  sigset_t signals;
  ::sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::deque<std::int64_t> starts;
  while (true) {
    starts.push_back(now_ns());
    heart->rest();
    options.before_start();
    const auto watchdog = ::getpid();
    const auto child = ::fork();
    VEDETTE_ASSERT(child >= 0);
    if (child == 0) {
      // A guard without its watchdog must not go on: nobody would notice that it hangs. A stopped one would
      // never see SIGTERM, and keep everybody waiting.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != watchdog) ::_exit(2);
      ::_exit(guard(*heart));
    }
    auto ended = watch(child, *heart, options, signals);
    if (!ended.hung && WIFEXITED(ended.status)) return WEXITSTATUS(ended.status);
    if (ended.asked) return 2;
    alarm(ended.hung ? Alarm::kHung : Alarm::kDied, child);
    while (!starts.empty() && starts.front() < now_ns() - 60'000'000'000) starts.pop_front();
    if (static_cast<int>(starts.size()) >= options.starts_max) {
      alarm(Alarm::kGaveUp, child);
      return 2;
    }
  }
}

}  // namespace vedette::files
