#include "files/guard/vault.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::files {
namespace {

class VaultTest : public testing::Test {
 protected:
  std::unique_ptr<Vault> open(VaultLimits limits = {}) {
    auto vault = Vault::open(folder_.path() / "vault", limits, clock_);
    EXPECT_TRUE(vault) << vault.error().full();
    return *std::move(vault);
  }
  UniqueFd file(const std::string& name, const std::string& text) {
    auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  static std::string text_of(const UniqueFd& fd) {
    std::string out(1 << 20, '\0');
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(::pread(fd.get(), out.data(), out.size(), 0), 0)));
    return out;
  }
  Result<Image> keep(Vault& vault, const std::string& text) {
    auto fd = file("f", text);
    return vault.keep(fd.get(), "/data/f", file_id_of(fd.get()), "actor");
  }
  store::TemporaryFolder folder_;
  ManualClock clock_;
};

TEST_F(VaultTest, KeepsWhatWasThereBeforeTheWrite) {
  auto vault = open();
  auto before = file("f", "before");
  ::fchmod(before.get(), 0640);
  auto image = vault->keep(before.get(), "/data/f", "id", "actor");
  ASSERT_TRUE(image) << image.error().full();
  std::ofstream(folder_.path() / "f") << "after, and longer";
  EXPECT_EQ(text_of(*vault->content(image->id)), "before");
  EXPECT_EQ(image->mode, 0640u);
  EXPECT_EQ(image->size, 6u);
  EXPECT_EQ(*vault->hash(image->id), "6db7d803e74f1ffa7d8f5adc0bf95b3e15bf4c8373fffadf546227cc6c6742cb");
}

TEST_F(VaultTest, FullOfWhatNobodyJudgedItRefuses) {
  auto vault = open({.bytes_max = 100, .images_max = 10, .file_bytes_max = 1'000});
  auto first = keep(*vault, std::string(60, 'a'));
  ASSERT_TRUE(first);
  auto refused = keep(*vault, std::string(60, 'b'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kLimit);
  EXPECT_EQ(vault->status().refused, 1u);
  // Judged quiet, it makes room; what it took is free again.
  vault->settle(first->id);
  ASSERT_TRUE(keep(*vault, std::string(60, 'c')));
  EXPECT_FALSE(vault->content(first->id));
  EXPECT_EQ(vault->status().evicted, 1u);
  EXPECT_EQ(vault->status().bytes, 60u);
}

TEST_F(VaultTest, NumberOfImagesIsBoundedToo) {
  auto vault = open({.bytes_max = 1'000, .images_max = 2, .file_bytes_max = 1'000});
  auto one = keep(*vault, "1"), two = keep(*vault, "2");
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(keep(*vault, "3"));
  vault->settle(two->id);
  vault->settle(one->id);
  ASSERT_TRUE(keep(*vault, "3"));
  EXPECT_FALSE(vault->content(one->id))
      << "the oldest settled image goes, not the one that was settled first";
  EXPECT_TRUE(vault->content(two->id));
  vault->settle(two->id, false);  // its actor was convicted after all
  EXPECT_FALSE(keep(*vault, "4"));
}

TEST_F(VaultTest, AFileAboveTheCapIsNotCopied) {
  auto vault = open({.bytes_max = 1 << 20, .images_max = 10, .file_bytes_max = 10});
  auto refused = keep(*vault, std::string(11, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(vault->status().bytes, 0u) << "what was reserved for it is free again";
}

TEST_F(VaultTest, TheNextGuardFindsWhatOneThatDiedHadKept) {
  std::uint64_t kept = 0, half = 0;
  {
    auto vault = open();
    kept = keep(*vault, "kept")->id;
    half = keep(*vault, "its content is gone")->id;
    Deed deed;
    deed.number = vault->next_number();
    deed.path = "/data/f";
    deed.image = kept;
    vault->record(deed);
  }
  auto home = folder_.path() / "vault";
  std::filesystem::remove(home / "images" / std::to_string(half));
  std::ofstream(home / "images" / "999999") << "no line speaks of it";
  std::ofstream(home / "journal", std::ios::app) << R"({"t":"deed","id":77,"pa)";  // the power went
  auto vault = open();
  EXPECT_TRUE(vault->image(kept));
  EXPECT_FALSE(vault->image(half));
  EXPECT_FALSE(std::filesystem::exists(home / "images" / "999999"));
  ASSERT_EQ(vault->found_at_start().deeds.size(), 1u);
  EXPECT_EQ(vault->found_at_start().deeds[0].image, kept);
  EXPECT_EQ(vault->found_at_start().unreadable_lines, 1u);
  EXPECT_GT(keep(*vault, "new")->id, half) << "numbers are not given twice";
}

TEST_F(VaultTest, OneAtATimeAndNobodyElsesFolder) {
  auto vault = open();
  auto second = Vault::open(folder_.path() / "vault", {}, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  vault.reset();
  ::chmod((folder_.path() / "vault").c_str(), 0777);
  auto open_to_all = Vault::open(folder_.path() / "vault", {}, clock_);
  ASSERT_FALSE(open_to_all);
  EXPECT_EQ(open_to_all.error().code(), ErrorCode::kForbidden);
}

TEST_F(VaultTest, WhatStaysUnjudgedIsHashedAndSyncedAtTheSecondLook) {
  auto vault = open();
  auto quiet = keep(*vault, "quiet"), open_still = keep(*vault, "open for long");
  vault->settle(quiet->id);
  vault->sync();
  EXPECT_EQ(vault->image(open_still->id)->sha256, "") << "most are judged before the next look";
  vault->sync();
  EXPECT_EQ(vault->image(open_still->id)->sha256.size(), 64u);
  EXPECT_EQ(vault->image(quiet->id)->sha256, "");
}

}  // namespace
}  // namespace vedette::files
