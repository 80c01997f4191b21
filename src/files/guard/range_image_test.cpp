#include "files/guard/range_image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <fstream>
#include <random>

#include "files/guard/vault.h"
#include "store/temporary_folder.h"

namespace vedette::files {
namespace {

constexpr std::uint64_t kSize = 40 * RangeImage::kBlock + 123;

struct RangeImageTest : testing::Test {
  std::string random_bytes(std::size_t size) {
    std::string out(size, '\0');
    for (char& byte : out) byte = static_cast<char>(chance());
    return out;
  }
  UniqueFd file(const std::string& content) {
    UniqueFd out(::open(folder.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    EXPECT_EQ(::pwrite(out.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return out;
  }
  static std::string read(int fd) {
    std::string out(1 << 20, '\0');
    auto got = ::pread(fd, out.data(), out.size(), 0);
    out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return out;
  }
  static bool always() { return true; }
  std::mt19937_64 chance{11};
  store::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "7";
};

TEST_F(RangeImageTest, WhateverIsOverwrittenComesBackAlsoAfterAnotherStart) {
  for (int round = 0; round < 30; ++round) {
    const auto original = random_bytes(kSize);
    auto now = file(original);
    auto image = *RangeImage::create(path, kSize);
    for (int i = 0; i < 12; ++i) {
      const auto offset = chance() % (kSize + 8192), count = chance() % 30'000;
      const bool cuts = chance() % 8 == 0;
      ASSERT_TRUE(image->keep(now.get(), {offset, cuts ? Range::kToTheEnd : count}, always));
      EXPECT_EQ(image->missing({offset, cuts ? Range::kToTheEnd : count}), 0u);
      if (cuts) {
        ASSERT_EQ(::ftruncate(now.get(), static_cast<off_t>(offset)), 0);
      } else {
        auto bytes = random_bytes(count);
        ASSERT_EQ(::pwrite(now.get(), bytes.data(), count, static_cast<off_t>(offset)),
                  static_cast<ssize_t>(count));
      }
      if (i == 6) image = *RangeImage::open(path, kSize);  // the guard was started anew
    }
    EXPECT_LE(image->bytes(), kSize);
    ASSERT_TRUE(image->put_back(now.get()));
    EXPECT_TRUE(read(now.get()) == original) << "round " << round;
    std::filesystem::remove(path);
    std::filesystem::remove(RangeImage::records_of(path));
  }
}

TEST_F(RangeImageTest, KeepsEachBlockOnce) {
  auto now = file(std::string(kSize, 'a'));
  auto image = *RangeImage::create(path, kSize);
  EXPECT_EQ(*image->keep(now.get(), {10, 1}, always), RangeImage::kBlock);
  EXPECT_EQ(*image->keep(now.get(), {0, RangeImage::kBlock}, always), 0u);
  EXPECT_EQ(*image->keep(now.get(), {RangeImage::kBlock - 1, 2}, always), RangeImage::kBlock);
  EXPECT_EQ(*image->keep(now.get(), {}, always), kSize - 2 * RangeImage::kBlock);
  EXPECT_EQ(*image->keep(now.get(), {kSize, 100}, always), 0u) << "behind the end there was nothing";
  EXPECT_EQ(image->bytes(), kSize);
}

TEST_F(RangeImageTest, WhatIsNoLongerWantedIsNotWrittenDown) {
  auto now = file(std::string(kSize, 'a'));
  auto image = *RangeImage::create(path, kSize);
  auto kept = image->keep(now.get(), {}, [] { return false; });
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(image->bytes(), 0u);
}

TEST_F(RangeImageTest, ASpoiledOneRestoresNothing) {
  auto now = file(std::string(kSize, 'a'));
  auto image = *RangeImage::create(path, kSize);
  ASSERT_TRUE(image->keep(now.get(), {0, 5000}, always));
  image->spoil();
  for (int i = 0; i < 2; ++i) {
    auto done = image->put_back(now.get());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kConflict);
    image = *RangeImage::open(path, kSize);
  }
}

TEST_F(RangeImageTest, DamagedContentIsNotPutBack) {
  auto now = file(std::string(kSize, 'a'));
  auto image = *RangeImage::create(path, kSize);
  ASSERT_TRUE(image->keep(now.get(), {8192, 4096}, always));
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(9000).put('b');
  auto done = image->put_back(now.get());
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message().find("byte 8192"), std::string::npos) << done.error().message();
}

TEST_F(RangeImageTest, HalfARecordAtTheEndIsLeftOut) {
  auto now = file(std::string(kSize, 'a'));
  auto image = *RangeImage::create(path, kSize);
  ASSERT_TRUE(image->keep(now.get(), {0, 4096}, always));
  std::ofstream(RangeImage::records_of(path), std::ios::app | std::ios::binary) << "half of a r";
  EXPECT_EQ((*RangeImage::open(path, kSize))->bytes(), 4096u);
}

TEST(WrittenRangeTest, OnlyWhatIsKnownToReadReads) {
  const Range told{4096, 8192};
  for (long call : {SYS_read, SYS_pread64, SYS_readv, SYS_preadv, SYS_preadv2, SYS_execve})
    EXPECT_FALSE(written_range(static_cast<std::uint64_t>(call), {}, told)) << call;
  for (long call : {SYS_write, SYS_pwrite64, SYS_writev, SYS_sendfile, SYS_splice, SYS_copy_file_range,
                    SYS_io_submit, SYS_io_uring_enter})
    EXPECT_EQ(written_range(static_cast<std::uint64_t>(call), {}, told), told) << call;
  // The upper half of the register: the kernel does not look at it.
  EXPECT_EQ(written_range(SYS_read | 1ULL << 32, {}, told), told);
}

TEST(WrittenRangeTest, AMappingIsAWriteWhereOthersSeeIt) {
  const Range told{0, 1 << 20};
  EXPECT_FALSE(written_range(SYS_mmap, {0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE}, told));
  EXPECT_EQ(written_range(SYS_mmap, {0, 1 << 20, PROT_READ, MAP_SHARED}, told), told);
  EXPECT_EQ(written_range(SYS_mmap, {0, 1 << 20, PROT_READ, MAP_SHARED_VALIDATE}, told), told);
}

TEST(WrittenRangeTest, WhatMovesTheRestChangesTheRest) {
  const Range told{4096, 8192}, rest{4096, Range::kToTheEnd};
  EXPECT_EQ(written_range(SYS_ftruncate, {}, told), rest);
  EXPECT_EQ(written_range(SYS_truncate, {}, told), rest);
  EXPECT_EQ(written_range(SYS_fallocate, {3, 0x08, 4096, 8192}, told), rest) << "collapse";
  EXPECT_EQ(written_range(SYS_fallocate, {3, 0x20, 4096, 8192}, told), rest) << "insert";
  EXPECT_EQ(written_range(SYS_fallocate, {3, 0x03, 4096, 8192}, told), told) << "punch a hole";
}

}  // namespace
}  // namespace vedette::files
