// For tests: a child of the test program that writes, says on a pipe what was acknowledged to it, and is
// killed with SIGKILL at a random moment.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <vector>

extern char** environ;

namespace vedette::store {

// In the child, a disabled test of this program: what it is to write to, and how it says a number.
inline const char* killed_child_path() { return std::getenv("VEDETTE_KILLED_CHILD_PATH"); }
inline bool say_acknowledged(std::int64_t number) {
  constexpr int kAcknowledgeFd = 3;
  return ::write(kAcknowledgeFd, &number, sizeof number) == sizeof number;
}

// Starts the child `test` on `path`, and kills it when it has said 1 to `said_max` numbers, and a little
// later. The moment is counted in acknowledgements, so that it does not depend on the machine's speed.
// Returns the numbers.
inline std::vector<std::int64_t> run_and_kill(const std::string& test, const std::filesystem::path& path,
                                              int said_max, std::mt19937& random) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
  ::setenv("VEDETTE_KILLED_CHILD_PATH", path.c_str(), 1);
  const auto filter = "--gtest_filter=" + test;
  const char* arguments[] = {"test", "--gtest_also_run_disabled_tests", filter.c_str(), nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments), environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::vector<std::int64_t> said;
  const auto wanted = static_cast<std::size_t>(std::uniform_int_distribution(1, said_max)(random));
  std::int64_t number = 0;
  while (said.size() < wanted && ::read(ends[0], &number, sizeof number) == sizeof number)
    said.push_back(number);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(0, 3000)(random)));
  ::kill(child, SIGKILL);
  while (::read(ends[0], &number, sizeof number) == sizeof number) said.push_back(number);
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself";
  return said;
}

}  // namespace vedette::store
