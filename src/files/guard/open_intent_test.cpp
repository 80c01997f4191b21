#include "files/guard/open_intent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace vedette::files {
namespace {

OpenIntent openat_with(std::uint64_t flags) { return intent_of(SYS_openat, {3, 0x7f00, flags, 0}); }

TEST(OpenIntentTest, OnlyReadingWithoutTruncationIsAReading) {
  EXPECT_EQ(openat_with(O_RDONLY | O_CLOEXEC), OpenIntent::kRead);
  EXPECT_EQ(openat_with(O_RDONLY | O_TRUNC), OpenIntent::kTruncate);
  EXPECT_EQ(openat_with(O_WRONLY), OpenIntent::kWrite);
  EXPECT_EQ(openat_with(O_RDWR), OpenIntent::kWrite);
  EXPECT_EQ(openat_with(3), OpenIntent::kWrite) << "the access mode that only drivers use";
}

TEST(OpenIntentTest, EachCallHasItsFlagsElsewhere) {
  EXPECT_EQ(intent_of(SYS_open_by_handle_at, {3, 0, O_RDWR, 0}), OpenIntent::kWrite);
  EXPECT_EQ(intent_of(SYS_execve, {0, 0, O_RDWR, 0}), OpenIntent::kRead);
#ifdef SYS_open
  EXPECT_EQ(intent_of(SYS_open, {0, O_RDONLY, O_RDWR, 0}), OpenIntent::kRead);
  EXPECT_EQ(intent_of(SYS_open, {0, O_RDWR, O_RDONLY, 0}), OpenIntent::kWrite);
  EXPECT_EQ(intent_of(SYS_creat, {}), OpenIntent::kTruncate);
#endif
}

TEST(OpenIntentTest, WhatKeepsItsFlagsElsewhereIsUnknown) {
  EXPECT_EQ(intent_of(SYS_openat2, {3, 0, O_RDONLY, 0}), OpenIntent::kUnknown);
  EXPECT_EQ(intent_of(426, {}), OpenIntent::kUnknown) << "io_uring_enter";
  // The upper half of the register: the kernel does not look at it, and neither is it believed.
  EXPECT_EQ(intent_of(SYS_openat | 1ULL << 32, {3, 0, O_RDONLY, 0}), OpenIntent::kUnknown);
  EXPECT_EQ(intent_of(SYS_openat | 1ULL << 30, {3, 0, O_RDONLY, 0}), OpenIntent::kUnknown) << "x32";
}

TEST(OpenIntentTest, ReadsTheLineOfProc) {
  EXPECT_EQ(intent_of("257 0xffffff9c 0x7ffd 0x80000 0x0 0x0 0x0 0x7ffe 0x7f12\n"), OpenIntent::kRead);
  EXPECT_EQ(intent_of("257 0xffffff9c 0x7ffd 0x241 0x1b6 0x0 0x0 0x7ffe 0x7f12\n"), OpenIntent::kTruncate);
  EXPECT_EQ(intent_of("257 0xffffff9c 0x7ffd 0x41 0x1b6 0x0 0x0 0x7ffe 0x7f12\n"), OpenIntent::kWrite);
  for (const char* line :
       {"", "running\n", "-1 0x7ffe 0x7f12\n", "257", "257 0xffffff9c 0x7ffd 0x", "257 x y z w"})
    EXPECT_EQ(intent_of(line), OpenIntent::kUnknown) << line;
}

TEST(OpenIntentTest, KnowsAThreadOfIoUring) {
  // Field 9 is the task's flags; the name may hold anything.
  EXPECT_TRUE(is_io_worker("7 (iou-wrk-5) S 1 5 5 0 -1 4210768 0 0"));
  EXPECT_FALSE(is_io_worker("7 (a) b) S 1 5 5 0 -1 4194304 0 0"));
  EXPECT_FALSE(is_io_worker("7 (cut"));
  EXPECT_FALSE(is_io_worker("7 (cut) S 1 5"));
}

}  // namespace
}  // namespace vedette::files
