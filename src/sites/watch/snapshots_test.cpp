#include "sites/watch/snapshots.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/hash.h"
#include "base/id.h"

namespace vedette::sites {
namespace {

class SnapshotFolderTest : public ::testing::Test {
 protected:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("snapshots-" + random_token(9));
  SnapshotFolder folder_{path_};
  void TearDown() override { std::filesystem::remove_all(path_); }
};

TEST_F(SnapshotFolderTest, KeepsBytesOnceAndGivesThemBack) {
  std::string page(100'000, 'a');
  page += std::string("\0<b>", 4);
  auto first = folder_.put(page);
  ASSERT_TRUE(first) << first.error().full();
  EXPECT_EQ(first->sha256, sha256_hex(page));
  EXPECT_GT(first->stored_bytes, 0);
  EXPECT_LT(first->stored_bytes, 1000);
  auto again = folder_.put(page);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->stored_bytes, 0);
  EXPECT_EQ(folder_.get(first->sha256), page);
  ASSERT_TRUE(folder_.put(""));
  EXPECT_EQ(folder_.get(sha256_hex("")), "");
}

TEST_F(SnapshotFolderTest, NoticesDamageAndLimits) {
  auto stored = folder_.put("the page as it was");
  ASSERT_TRUE(stored);
  EXPECT_EQ(folder_.get(stored->sha256, 3).error().code(), ErrorCode::kLimit);
  {
    std::fstream file(folder_.path_of(stored->sha256), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-2, std::ios::end);
    file.put('!');
  }
  EXPECT_EQ(folder_.get(stored->sha256).error().code(), ErrorCode::kCorrupt);
  ASSERT_TRUE(folder_.erase(stored->sha256));
  EXPECT_EQ(folder_.get(stored->sha256).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(folder_.get("../../etc/passwd").error().code(), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace vedette::sites
