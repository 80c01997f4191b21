#include "logs/read/file_tail.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::logs {
namespace {

namespace fs = std::filesystem;

class Tail : public ::testing::Test {
 protected:
  void add(const std::string& text, const std::string& name = "app.log") {
    std::ofstream(folder_ / name, std::ios::app) << text;
  }
  void write(const std::string& text, const std::string& name = "app.log") {
    std::ofstream(folder_ / name, std::ios::trunc) << text;
  }
  // The clock of a file system ticks too slowly to tell apart what a test writes.
  void changed(const std::string& name, int minutes_ago) {
    fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - std::chrono::minutes(minutes_ago));
  }
  static std::string all(FileTail& tail) {
    std::string out;
    while (auto line = tail.next().value()) out += std::string(line->text) + "|";
    return out;
  }

  const store::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  const std::string path_ = folder_ / "app.log";
};

TEST_F(Tail, WholeLinesOnly) {
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(all(tail), "");  // no file yet
  add("one\ntw");
  EXPECT_EQ(all(tail), "one|");
  EXPECT_EQ(tail.position().offset, 4u);
  add("o\nthree\r\n");
  EXPECT_EQ(all(tail), "two|three|");
}

TEST_F(Tail, FromTheEnd) {
  add("old\n");
  FileTail tail(path_);
  EXPECT_EQ(all(tail), "");
  add("new\n");
  EXPECT_EQ(all(tail), "new|");
}

TEST_F(Tail, ARenamedFileIsReadToItsEndFirst) {
  add("one\n");
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(all(tail), "one|");
  add("two\nend");
  fs::rename(path_, folder_ / "app.log.1");
  EXPECT_EQ(all(tail), "two|");  // its writer has not opened the new one
  add("ing\n", "app.log.1");
  add("three\n");
  add("late\nwithout end", "app.log.1");
  EXPECT_EQ(all(tail), "ending|late|without end|three|");
  EXPECT_EQ(tail.counters().rotations, 1u);
  add("four\n");
  EXPECT_EQ(all(tail), "four|");
}

TEST_F(Tail, ATruncatedFileIsReadFromItsBeginning) {
  add("one\ntwo\n");
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(all(tail), "one|two|");
  write("3\n");
  EXPECT_EQ(all(tail), "3|");
  EXPECT_EQ(tail.counters().truncations, 1u);
  // Also where it has grown beyond in the meantime.
  write("a much longer line\n");
  EXPECT_EQ(all(tail), "a much longer line|");
  EXPECT_EQ(tail.counters().truncations, 2u);
}

TEST_F(Tail, GoesOnAfterARestart) {
  add("one\ntwo\nthr");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(all(tail), "one|two|");
    position = tail.position();
  }
  add("ee\n");
  FileTail tail(path_, position);
  EXPECT_EQ(all(tail), "three|");
}

TEST_F(Tail, ARestartAfterRotationReadsBothFiles) {
  add("one\n");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(all(tail), "one|");
    position = tail.position();
  }
  add("two\n");
  fs::rename(path_, folder_ / "app.log.1");
  add("three\n");
  FileTail tail(path_, position);
  EXPECT_EQ(all(tail), "two|three|");
  EXPECT_EQ(tail.counters().gaps, 0u);
}

// The agent was away while the log was rotated twice and the older one compressed.
TEST_F(Tail, WhatWasCompressedMeanwhileIsReadToItsEnd) {
  for (const std::string tool : {"gzip", "xz", "zstd --rm -q"}) {
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove(entry);
    add("one\ntwo\n");
    TailPosition position;
    {
      FileTail tail(path_, FileTail::From::kBegin);
      EXPECT_EQ(tail.next().value()->text, "one");
      position = tail.position();
    }
    add("three\n");
    fs::rename(path_, folder_ / "app.log.2");
    changed("app.log.2", 2);
    ASSERT_EQ(std::system((tool + " " + (folder_ / "app.log.2").string()).c_str()), 0) << tool;
    EXPECT_FALSE(fs::exists(folder_ / "app.log.2"));
    add("four\n", "app.log.1");
    changed("app.log.1", 1);
    add("five\n");
    add("another service\n", "app.log-errors");
    {
      FileTail tail(path_, position);
      EXPECT_EQ(tail.next().value()->text, "two");
      position = tail.position();
    }
    FileTail tail(path_, position);  // once more in the middle of the compressed file
    EXPECT_EQ(all(tail), "three|four|five|") << tool;
    EXPECT_EQ(tail.counters().gaps, 0u);
    position = tail.position();
    add("six\n");
    FileTail again(path_, position);
    EXPECT_EQ(all(again), "six|");
  }
}

TEST_F(Tail, ADamagedRemainderIsAGapAndTheRestIsRead) {
  add("one\n" + std::string(300'000, 'x') + "\n");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(tail.next().value()->text, "one");
    position = tail.position();
  }
  fs::rename(path_, folder_ / "app.log.1");
  ASSERT_EQ(std::system(("gzip " + (folder_ / "app.log.1").string()).c_str()), 0);
  const auto packed = folder_ / "app.log.1.gz";
  fs::resize_file(packed, fs::file_size(packed) - 20);
  add("two\n");
  FileTail tail(path_, position);
  EXPECT_TRUE(all(tail).ends_with("|two|"));
  EXPECT_EQ(tail.counters().gaps, 1u);
}

TEST_F(Tail, RotatedTwiceBetweenTwoLooks) {
  add("one\n");
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(all(tail), "one|");
  add("two\n");
  fs::rename(path_, folder_ / "app.log.2");
  changed("app.log.2", 2);
  add("three\n", "app.log.1");
  changed("app.log.1", 1);
  add("four\n");
  EXPECT_EQ(all(tail), "two|three|four|");
  EXPECT_EQ(tail.counters().gaps, 0u);
}

TEST_F(Tail, WhatWasAddedBeforeCopytruncateIsReadFromTheCopy) {
  add("one\n");
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(all(tail), "one|");
  add("two\n");
  fs::copy_file(path_, folder_ / "app.log.1");
  write("3\n");
  EXPECT_EQ(all(tail), "two|3|");
  EXPECT_EQ(tail.counters().truncations, 1u);
  EXPECT_EQ(tail.counters().gaps, 0u);
}

TEST_F(Tail, TruncatedBeforeItWasReadAndNoCopyIsAGap) {
  add("one\n" + std::string(3 * FileTail::kReadBytes, 'x') + "\n");
  FileTail tail(path_, FileTail::From::kBegin);
  EXPECT_EQ(tail.next().value()->text, "one");
  write("2\n");
  EXPECT_EQ(all(tail), "2|");
  EXPECT_EQ(tail.counters().gaps, 1u);
}

TEST_F(Tail, WithoutANewFileARotatedOneMayStillGrow) {
  add("one\n");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(all(tail), "one|");
    position = tail.position();
  }
  fs::rename(path_, folder_ / "app.log.1");
  FileTail tail(path_, position);
  EXPECT_EQ(all(tail), "");
  add("two\n", "app.log.1");
  EXPECT_EQ(all(tail), "two|");
  add("three\n");
  EXPECT_EQ(all(tail), "three|");
  EXPECT_EQ(tail.counters().gaps, 0u);
}

TEST_F(Tail, NamesOfRotatedFiles) {
  for (const char* name : {"app.log.1", "app.log.2.gz", "app.log-20261128", "app.log-20261128.xz",
                           "app.log-2026-11-28T03.zst", "app.log.gz"})
    EXPECT_TRUE(is_rotated_name(name, "app.log")) << name;
  for (const char* name : {"app.log", "app.log.bak", "app.log-errors", "app.logs", "ap.log.1"})
    EXPECT_FALSE(is_rotated_name(name, "app.log")) << name;
}

TEST_F(Tail, AFileThatIsGoneIsAGap) {
  add("one\n");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(all(tail), "one|");
    position = tail.position();
  }
  fs::rename(path_, folder_ / "elsewhere");
  add("two\n");
  FileTail tail(path_, position);
  EXPECT_EQ(all(tail), "two|");
  EXPECT_EQ(tail.counters().gaps, 1u);
}

TEST_F(Tail, AnotherFileWithTheSameInodeIsNotTakenForIt) {
  add("one\n");
  TailPosition position;
  {
    FileTail tail(path_, FileTail::From::kBegin);
    EXPECT_EQ(all(tail), "one|");
    position = tail.position();
  }
  write("other lines\nof another file\n");  // same inode, longer
  FileTail tail(path_, position);
  EXPECT_EQ(all(tail), "other lines|of another file|");
  EXPECT_EQ(tail.counters().gaps, 1u);
}

TEST_F(Tail, ALongLineIsCutAndItsRestPassedOver) {
  add(std::string(3 * kEventBytesMax, 'x') + "\nnext\n");
  FileTail tail(path_, FileTail::From::kBegin);
  const Line line = *tail.next().value();
  EXPECT_EQ(line.text.size(), kEventBytesMax);
  EXPECT_TRUE(line.cut);
  EXPECT_EQ(all(tail), "next|");
  EXPECT_EQ(tail.position().offset, 3 * kEventBytesMax + 6);
}

TEST_F(Tail, AFolderIsNoLog) {
  FileTail tail(folder_);
  EXPECT_FALSE(tail.next().has_value());
}

}  // namespace
}  // namespace vedette::logs
