#include "files/guard/tree_observer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "files/judge/test_files.h"
#include "store/temporary_folder.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct TreeObserverTest : testing::Test {
  void SetUp() override {
    fs::create_directories(tree / "a");
    for (int i = 0; i < 5; ++i) write(fmt::format("a/text{}.txt", i), test_files::words(6'000, i + 1));
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(tree / name, std::ios::binary) << bytes;
  }
  void start(ObserverLimits limits = {}) {
    auto opened = TreeObserver::open(
        {tree.string()},
        [this](const std::string& path) { return path.starts_with((tree / "apart").string()); }, clock,
        limits);
    ASSERT_TRUE(opened) << opened.error().full();
    observer = *std::move(opened);
    while (observer->learn()) {
    }
  }
  // What is told once everything has been left alone.
  std::vector<TreeObserver::Seen> seen() {
    std::vector<TreeObserver::Seen> out;
    for (int round = 0; round < 3; ++round) {
      bool overflow = false;
      EXPECT_TRUE(observer->next(0ms, out, overflow));
      clock.advance(1s);
    }
    return out;
  }
  store::TemporaryFolder folder;
  fs::path tree = fs::canonical(folder.path()) / "tree";
  ManualClock clock;
  std::unique_ptr<TreeObserver> observer;
};

TEST_F(TreeObserverTest, NothingHappenedIsNothing) {
  start();
  EXPECT_TRUE(seen().empty());
}

TEST_F(TreeObserverTest, AFileThatIsWrittenOverIsAChangeWithWhatItWas) {
  start();
  write("a/text1.txt", test_files::random_bytes(6'000));
  auto told = seen();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kModified);
  ASSERT_TRUE(told[0].change.content);
  EXPECT_TRUE(told[0].change.content->changed_uniform);
  EXPECT_TRUE(told[0].change.content->type_before.starts_with("text/"));
  EXPECT_FALSE(told[0].deed.file.empty());
  EXPECT_TRUE(seen().empty()) << "told once";
}

TEST_F(TreeObserverTest, ARenameIsKnownByItsInodeAlsoWithNewContent) {
  start();
  fs::rename(tree / "a/text1.txt", tree / "a/text1.txt.locked");
  auto told = seen();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kRenamed);
  EXPECT_EQ(told[0].change.old_path, (tree / "a/text1.txt").string());
  fs::rename(tree / "a/text2.txt", tree / "a/text2.txt.locked");
  write("a/text2.txt.locked", test_files::random_bytes(6'000));
  told = seen();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kRenamed);
  EXPECT_EQ(told[1].change.kind, ChangeKind::kModified);
  EXPECT_TRUE(told[1].change.content->changed_uniform);
}

TEST_F(TreeObserverTest, AReplacedACreatedAndADeletedFile) {
  start();
  write("a/new.tmp", test_files::random_bytes(6'000));
  fs::rename(tree / "a/new.tmp", tree / "a/text1.txt");
  auto told = seen();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kReplaced);
  EXPECT_TRUE(told[0].change.content->changed_uniform);
  write("a/text2.txt.locked", test_files::random_bytes(6'000));
  fs::remove(tree / "a/text2.txt");
  told = seen();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kCreated);
  EXPECT_EQ(told[1].change.kind, ChangeKind::kDeleted);
  EXPECT_TRUE(told[1].change.content->type_before.starts_with("text/"));
}

TEST_F(TreeObserverTest, WhatLiesInANewFolderIsNew) {
  start();
  fs::create_directories(folder / "outside/deep");
  std::ofstream(folder / "outside/deep/x.txt") << test_files::words(600);
  fs::rename(folder / "outside", tree / "inside");
  auto told = seen();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].change.kind, ChangeKind::kCreated);
  EXPECT_EQ(told[0].change.path, (tree / "inside/deep/x.txt").string());
}

TEST_F(TreeObserverTest, AnExcludedFolderIsLetAloneAndLimitsAreCounted) {
  fs::create_directories(tree / "apart");
  start({.files_max = 3});
  EXPECT_EQ(observer->unlearned(), 2U);
  write("apart/x.txt", "nobody looks");
  EXPECT_TRUE(seen().empty());
}

}  // namespace
}  // namespace vedette::files
