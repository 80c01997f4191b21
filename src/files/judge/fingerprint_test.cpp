#include "files/judge/fingerprint.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "files/judge/evidence.h"
#include "files/judge/test_files.h"
#include "files/judge/thresholds.h"

namespace vedette::files {
namespace {

struct Temporary {
  explicit Temporary(const std::string& bytes) : file(std::tmpfile(), std::fclose) {
    EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file.get()), bytes.size());
    std::fflush(file.get());
  }
  int fd() const { return ::fileno(file.get()); }
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
};

Fingerprint print_of(const std::string& bytes) {
  Temporary file(bytes);
  auto print = fingerprint_of(file.fd());
  EXPECT_TRUE(print);
  return print.value_or(Fingerprint{});
}

Evidence evidence(const std::string& before, const std::string& after) {
  Temporary now(after);
  FileChange change;
  change.path = "/srv/a.txt";
  change.size_before = before.size();
  change.size_after = after.size();
  auto content = measure_since(print_of(before), now.fd());
  EXPECT_TRUE(content);
  if (content) change.content = *content;
  return weigh_content(change, default_thresholds());
}

TEST(FingerprintTest, BlocksLieFromTheFirstToTheLast) {
  EXPECT_TRUE(block_places(0).empty());
  EXPECT_EQ(block_places(1), std::vector<std::uint64_t>{0});
  EXPECT_EQ(block_places(8'193), (std::vector<std::uint64_t>{0, 4'096, 8'192}));
  auto many = block_places(std::uint64_t{1} << 33);
  ASSERT_EQ(many.size(), 64U);
  EXPECT_EQ(many.front(), 0U);
  EXPECT_EQ(many.back(), (std::uint64_t{1} << 33) - 4'096);
}

TEST(FingerprintTest, ATextThatBecameRandomIsStrongEvidence) {
  EXPECT_GE(evidence(test_files::words(40'000), test_files::random_bytes(40'000)).strong,
            default_thresholds().became_random);
}

TEST(FingerprintTest, AnEditedTextIsNone) {
  auto before = test_files::words(40'000);
  auto after = before;
  after.replace(20'000, 300, test_files::words(300, 9));
  EXPECT_EQ(evidence(before, after).strong, 0);
  EXPECT_EQ(evidence(before, before + test_files::words(500, 3)).strong, 0) << "a line more";
  EXPECT_EQ(evidence(before, test_files::words(30'000, 5)).strong, 0) << "another text";
}

TEST(FingerprintTest, OnlyTheChangedBlocksAreMeasured) {
  auto before = test_files::words(200'000);
  auto after = before;
  after.replace(0, 40'960, test_files::random_bytes(40'960));
  Temporary now(after);
  auto content = measure_since(print_of(before), now.fd());
  ASSERT_TRUE(content);
  EXPECT_TRUE(content->changed_uniform);
  EXPECT_EQ(content->bytes_measured, 40'960U);
  EXPECT_TRUE(content->in_place);
}

TEST(FingerprintTest, AFileThatIsGoneHadAType) {
  auto content = removed_since(print_of(test_files::words(5'000)));
  EXPECT_TRUE(meaning_is_known(content));
}

}  // namespace
}  // namespace vedette::files
