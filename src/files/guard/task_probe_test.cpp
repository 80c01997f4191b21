#include "files/guard/task_probe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <thread>

namespace vedette::files {
namespace {

class TaskProbeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = TaskProbe::open();
    if (!opened) GTEST_SKIP() << opened.error().full();
    probe_ = *std::move(opened);
  }
  std::unique_ptr<TaskProbe> probe_;
};

TEST_F(TaskProbeTest, TellsTheCallInWhichATaskWaits) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  char byte = 0;
  std::atomic<pid_t> tid{0};
  std::jthread reader([&] {
    tid = static_cast<pid_t>(::syscall(SYS_gettid));
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  });
  std::optional<WaitingTask> found;
  while (!found || found->call != SYS_read) {
    if (tid != 0) found = probe_->find(tid);
    std::this_thread::yield();
  }
  EXPECT_EQ(found->arguments[0], static_cast<std::uint64_t>(ends[0]));
  EXPECT_EQ(found->arguments[1], reinterpret_cast<std::uint64_t>(&byte));
  EXPECT_EQ(found->arguments[2], 1u);
  EXPECT_FALSE(found->worker);
  EXPECT_EQ(found->facts.process, ::getpid());
  EXPECT_EQ(found->facts.euid, ::geteuid());
  EXPECT_EQ(::write(ends[1], "x", 1), 1);
  reader = {};
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(TaskProbeTest, ThreadsAreOneProgramAndExecMakesItAnother) {
  auto mine = probe_->find(static_cast<pid_t>(::syscall(SYS_gettid)));
  std::optional<WaitingTask> other;
  std::thread([&] { other = probe_->find(static_cast<pid_t>(::syscall(SYS_gettid))); }).join();
  ASSERT_TRUE(mine && other);
  EXPECT_EQ(mine->facts, other->facts);

  const auto child = ::fork();
  if (child == 0) {
    ::raise(SIGSTOP);
    ::execl("/bin/sh", "sh", "-c", "kill -STOP $$", nullptr);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  auto before = probe_->find(child);
  ::kill(child, SIGCONT);
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  auto after = probe_->find(child);
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->facts.start_ns, after->facts.start_ns);
  EXPECT_NE(before->facts.exec_id, after->facts.exec_id);
  EXPECT_FALSE(probe_->find(child)) << "it is gone";
}

}  // namespace
}  // namespace vedette::files
