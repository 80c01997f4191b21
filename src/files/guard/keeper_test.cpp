#include "files/guard/keeper.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

namespace vedette::files {
namespace {

UniqueFd file_with(const std::string& path, const std::string& text) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  EXPECT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return fd;
}

std::string text_of(int fd) {
  std::string out(100, '\0');
  out.resize(static_cast<std::size_t>(std::max<ssize_t>(::pread(fd, out.data(), out.size(), 0), 0)));
  return out;
}

class KeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/keeper-XXXXXX";
    home_ = ::mkdtemp(name);
    vault_ = home_ / "vault";
  }
  void TearDown() override {
    if (auto link = KeeperLink::connect(vault_)) (*link)->end();
    std::filesystem::remove_all(home_);
  }
  std::filesystem::path home_, vault_;
};

TEST_F(KeeperTest, WhatItHoldsCanBeReadAfterTheGuardWasKilledAndTheFileUnlinked) {
  ASSERT_TRUE(start_keeper(vault_));
  const auto path = (home_ / "letter").string();
  const auto guard = ::fork();
  if (guard == 0) {
    auto link = KeeperLink::connect(vault_);
    auto file = file_with(path, "dear all");
    if (!link || !(*link)->keep("id-1", file.get())) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(guard, &status, 0), guard);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(::unlink(path.c_str()), 0);

  auto link = KeeperLink::connect(vault_);
  ASSERT_TRUE(link) << link.error().full();
  auto kept = (*link)->take_over();
  ASSERT_TRUE(kept) << kept.error().full();
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ((*kept)[0].file, "id-1");
  EXPECT_TRUE((*kept)[0].unlinked);
  EXPECT_EQ(text_of((*kept)[0].fd.get()), "dear all");
}

TEST_F(KeeperTest, ASecondStartFindsTheFirstAndForgottenFilesAreGone) {
  ASSERT_TRUE(start_keeper(vault_));
  auto link = KeeperLink::connect(vault_);
  ASSERT_TRUE(link);
  auto file = file_with((home_ / "a").string(), "a");
  EXPECT_TRUE((*link)->keep("one", file.get()));
  EXPECT_TRUE((*link)->keep("two", file.get()));
  (*link)->forget("one");
  ASSERT_TRUE(start_keeper(vault_));
  auto again = KeeperLink::connect(vault_);
  ASSERT_TRUE(again);
  auto kept = (*again)->take_over();
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ((*kept)[0].file, "two");
  EXPECT_FALSE((*kept)[0].unlinked);
}

TEST_F(KeeperTest, ToldToEndItLetsGoAndALinkNotices) {
  ASSERT_TRUE(start_keeper(vault_));
  auto link = KeeperLink::connect(vault_);
  ASSERT_TRUE(link);
  (*link)->end();
  EXPECT_FALSE((*link)->take_over());
  auto file = file_with((home_ / "a").string(), "a");
  EXPECT_FALSE((*link)->keep("one", file.get()));
  EXPECT_FALSE((*link)->alive());
}

TEST_F(KeeperTest, FullItLetsGoOfAFileWithANameFirst) {
  KeptPins pins(2);
  auto gone = file_with((home_ / "gone").string(), "gone"),
       there = file_with((home_ / "there").string(), "there"),
       third = file_with((home_ / "third").string(), "third");
  ::unlink((home_ / "gone").c_str());
  pins.keep("gone", std::move(gone), SteadyTime{});
  pins.keep("there", std::move(there), SteadyTime{});
  pins.keep("third", std::move(third), SteadyTime{} + std::chrono::seconds(5));
  ASSERT_EQ(pins.pins().size(), 2u);
  EXPECT_EQ(pins.pins().front().file, "gone");
  EXPECT_EQ(pins.pins().back().file, "third");
  pins.expire(SteadyTime{} + std::chrono::seconds(8), std::chrono::seconds(5));
  ASSERT_EQ(pins.pins().size(), 1u) << "too old";
  EXPECT_EQ(pins.pins().front().file, "third");
}

}  // namespace
}  // namespace vedette::files
