#include "files/guard/processes.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace vedette::files {
namespace {

TEST(ProcessesTest, ALineOfStatMayHoldAnyName) {
  auto stat = parse_stat("42 (a) S 9 (b) T 7 8 9 0 -1 1 2 3 4 5 6 7 8 9 10 11 12 13 4455 1 2\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 42);
  EXPECT_EQ(stat->name, "a) S 9 (b");
  EXPECT_EQ(stat->state, 'T');
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->session, 9);
  EXPECT_EQ(stat->start_ticks, 4455u);
  for (const char* line : {"", "x (a) S 1", "42 a S 1 2 3", "42 )a( S 1", "42 (a) S 1 2 3", "42 (a)"})
    EXPECT_FALSE(parse_stat(line)) << line;
}

class ActorReaderTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) return;
    auto probe = TaskProbe::open();
    if (!probe) GTEST_SKIP() << probe.error().full();
    probe_ = *std::move(probe);
  }
  std::unique_ptr<TaskProbe> probe_;
  ManualClock clock_;
};
INSTANTIATE_TEST_SUITE_P(ProcAndProbe, ActorReaderTest, testing::Bool());

TEST_P(ActorReaderTest, AThreadIsItsProcess) {
  ActorReader reader(clock_, probe_.get());
  auto mine = reader.actor_of(::getpid());
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->process.pid, ::getpid());
  EXPECT_EQ(mine->uid, ::geteuid());
  EXPECT_EQ(mine->own_key, mine->key());
  ASSERT_FALSE(mine->ancestors.empty());
  EXPECT_EQ(mine->ancestors[0].pid, ::getppid());
  std::shared_ptr<const SeenActor> other;
  std::thread([&] { other = reader.actor_of(static_cast<pid_t>(::syscall(SYS_gettid))); }).join();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->own_key, mine->own_key);
  EXPECT_EQ(other->ancestors, mine->ancestors);
  EXPECT_EQ(reader.last_with(mine->own_key)->process.pid, ::getpid());
}

TEST_P(ActorReaderTest, AProcessThatIsGoneIsWhoItWas) {
  ActorReader reader(clock_, probe_.get());
  const auto child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  auto alive = reader.actor_of(child);
  ASSERT_TRUE(alive);
  EXPECT_EQ(alive->ancestors.at(0).pid, ::getpid());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(reader.actor_of(child), alive);
  EXPECT_EQ(ActorReader(clock_, probe_.get()).actor_of(child), nullptr) << "nobody who saw it";
}

TEST_P(ActorReaderTest, AfterExecItIsAnotherProgram) {
  ActorReader reader(clock_, probe_.get());
  const auto child = ::fork();
  if (child == 0) {
    ::raise(SIGSTOP);
    ::execl("/bin/sh", "sh", "-c", "kill -STOP $$", nullptr);
    ::_exit(1);
  }
  ASSERT_EQ(::waitpid(child, nullptr, WUNTRACED), child);
  auto before = reader.actor_of(child);
  ::kill(child, SIGCONT);
  ASSERT_EQ(::waitpid(child, nullptr, WUNTRACED), child);
  clock_.advance(std::chrono::seconds(1));
  auto after = reader.actor_of(child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->process.start_ticks, after->process.start_ticks);
  EXPECT_NE(before->process.executable, after->process.executable);
  EXPECT_NE(before->own_key, after->own_key);
}

}  // namespace
}  // namespace vedette::files
