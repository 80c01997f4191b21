#include "files/guard/freezer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/guard/processes.h"

namespace vedette::files {
namespace {

TEST(FreezerTest, TheNearestProcessThatAllHaveIsTheirRoot) {
  const ProcessId a{10, 1}, b{11, 1}, shell{5, 1}, init{1, 1};
  EXPECT_EQ(common_root({{a, shell, init}, {b, shell, init}}), shell);
  EXPECT_EQ(common_root({{a, shell}}), a);
  EXPECT_EQ(common_root({{a, shell}, {b, {5, 2}}}).pid, 0) << "the same number, another process";
  EXPECT_EQ(common_root({}).pid, 0);
}

// A process that belongs neither to this one nor to its session, and starts `children` of its own.
struct Stranger {
  explicit Stranger(int children) {
    int said[2];
    EXPECT_EQ(::pipe(said), 0);
    const auto middle = ::fork();
    if (middle == 0) {
      ::setsid();
      if (::fork() != 0) ::_exit(0);
      for (int i = 0; i < children; ++i)
        if (::fork() == 0) break;
      auto self = ::getpid();
      [[maybe_unused]] auto put = ::write(said[1], &self, sizeof self);
      while (true) ::pause();
    }
    ::close(said[1]);
    ::waitpid(middle, nullptr, 0);
    for (int i = 0; i <= children; ++i) {
      pid_t pid = 0;
      EXPECT_EQ(::read(said[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
      pids.push_back(pid);
    }
    ::close(said[0]);
    // The others have it as their parent.
    for (auto pid : pids)
      if (auto stat = read_stat(pid); stat && std::ranges::find(pids, stat->parent) == pids.end())
        first = pid;
  }
  ~Stranger() {
    for (auto pid : pids) ::kill(pid, SIGKILL);
  }
  std::string states() const {
    std::string out;
    for (auto pid : pids) out += read_stat(pid)->state;
    return out;
  }
  // Where no core is free, a process takes a signal only when it gets one.
  bool come_to(const std::string& wanted) const {
    for (int i = 0; i < 10'000 && states() != wanted; ++i) ::usleep(1000);
    return states() == wanted;
  }
  std::vector<pid_t> pids;
  pid_t first = 0;
};

TEST(FreezerTest, StopsAProcessWithAllItStartedAndLetsThemGoOn) {
  Stranger stranger(3);
  auto actor = read_actor(stranger.first);
  ASSERT_TRUE(actor);
  auto frozen = freeze(*actor, {actor->process.pid, actor->process.start_ticks});
  EXPECT_TRUE(stranger.come_to("TTTT")) << stranger.states();
  EXPECT_EQ(frozen.stopped.size(), 4u);
  EXPECT_TRUE(frozen.complete);
  EXPECT_EQ(thaw(frozen.stopped, frozen.cgroup), 4u);
  EXPECT_EQ(stranger.states().find('T'), std::string::npos);
}

TEST(FreezerTest, ANumberThatWasGivenOutAgainIsNotStopped) {
  Stranger stranger(0);
  auto actor = read_actor(stranger.first);
  ASSERT_TRUE(actor);
  const ProcessId earlier{stranger.first, actor->process.start_ticks - 1};
  EXPECT_EQ(thaw({earlier}, ""), 0u);
  actor->process.start_ticks -= 1;
  actor->process.executable += " of another";
  freeze(*actor, {});
  EXPECT_NE(stranger.states(), "T");
}

TEST(FreezerTest, NeverStopsThisProcessNorWhatIsAboveIt) {
  auto self = read_actor(::getpid());
  ASSERT_TRUE(self);
  const auto frozen = freeze(*self, {::getppid(), read_stat(::getppid())->start_ticks});
  for (const auto& process : frozen.stopped) {
    EXPECT_NE(process.pid, ::getpid());
    EXPECT_NE(process.pid, ::getppid());
  }
  thaw(frozen.stopped, frozen.cgroup);
}

}  // namespace
}  // namespace vedette::files
