#include "files/guard/canaries.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "files/judge/byte_source.h"
#include "files/judge/file_type.h"

namespace vedette::files {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class CanariesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/canaries-XXXXXX";
    home_ = ::mkdtemp(name);
    std::filesystem::create_directories(home_ / "data/a/b");
    std::filesystem::create_directories(home_ / "data/c");
    std::filesystem::create_directories(home_ / "vault");
    canaries_ = *Canaries::open(home_ / "vault");
  }
  void TearDown() override { std::filesystem::remove_all(home_); }
  std::vector<std::string> trees() const { return {(home_ / "data").string()}; }
  std::filesystem::path home_;
  std::unique_ptr<Canaries> canaries_;
};

TEST(CanaryContentTest, IsWhatItsEndingSaysAndNeverTheSameTwice) {
  for (auto [kind, media] :
       {std::pair(CanaryKind::kPdf, "application/pdf"), std::pair(CanaryKind::kLetter, "text/rtf"),
        std::pair(CanaryKind::kDocx,
                  "application/vnd.openxmlformats-officedocument.wordprocessingml.document")}) {
    auto content = canary_content(kind, 7);
    ByteSource source(content, 1 << 20);
    auto type = identify(source, {});
    EXPECT_EQ(type.media, media);
    EXPECT_NE(content, canary_content(kind, 8));
    EXPECT_EQ(content, canary_content(kind, 7));
    EXPECT_GT(content.size(), 2'000u);
  }
}

TEST_F(CanariesTest, AreAmongTheFilesAndRememberedByTheNextGuard) {
  auto placed = canaries_->place(trees());
  ASSERT_TRUE(placed);
  EXPECT_EQ(*placed, Canaries::kPerTree);
  auto paths = canaries_->paths();
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), Canaries::kPerTree);
  for (const auto& path : paths) {
    EXPECT_TRUE(path.starts_with((home_ / "data").string() + "/"));
    EXPECT_TRUE(canaries_->contains(file_id_of(path), ""));
  }
  EXPECT_FALSE(canaries_->contains(file_id_of(home_ / "vault/canaries"), home_ / "vault/canaries"));
  auto next = *Canaries::open(home_ / "vault");
  EXPECT_EQ(*next->place(trees()), Canaries::kPerTree) << "none is added where none is missing";
  EXPECT_EQ(next->paths(), paths);
}

TEST_F(CanariesTest, OneThatWasSpoiltIsReplacedAndAnotherNameIsFollowed) {
  ASSERT_TRUE(canaries_->place(trees()));
  auto paths = canaries_->paths();
  std::ofstream(paths[1]) << "spoilt";
  auto file = file_id_of(paths[2]);
  std::filesystem::rename(paths[2], paths[2] + ".locked");
  canaries_->renamed(file, paths[2] + ".locked");
  EXPECT_TRUE(canaries_->contains({}, paths[2] + ".locked"));
  ASSERT_TRUE(canaries_->place(trees()));
  auto now = canaries_->paths();
  EXPECT_EQ(now.size(), Canaries::kPerTree);
  EXPECT_EQ(std::ranges::find(now, paths[1]), now.end());
}

TEST_F(CanariesTest, RemovingLeavesWhatSomebodyChanged) {
  ASSERT_TRUE(canaries_->place(trees()));
  auto paths = canaries_->paths();
  std::ofstream(paths[0]) << "somebody's note";
  auto removed = canaries_->remove();
  ASSERT_TRUE(removed);
  EXPECT_EQ(*removed, Canaries::kPerTree - 1);
  EXPECT_EQ(read(paths[0]), "somebody's note");
  EXPECT_FALSE(std::filesystem::exists(paths[1]));
  EXPECT_TRUE(canaries_->paths().empty());
  EXPECT_TRUE((*Canaries::open(home_ / "vault"))->paths().empty());
}

}  // namespace
}  // namespace vedette::files
