#include "files/judge/measure.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>

#include "files/judge/test_files.h"

namespace vedette::files {
namespace {

using namespace test_files;

ContentChange between(std::string_view before, std::string_view after, MeasureLimits limits = {}) {
  const TemporaryFile a(before), b(after);
  auto out = measure_change(a.fd(), b.fd(), limits);
  EXPECT_TRUE(out.has_value());
  return out.value_or(ContentChange{});
}

TEST(Measure, NothingChanged) {
  const auto c = between(words(9000), words(9000));
  EXPECT_EQ(c.bytes_changed, 0u);
  EXPECT_EQ(c.runs, 0u);
  EXPECT_TRUE(c.whole);
  EXPECT_EQ(c.type_before, "text/plain");
}

TEST(Measure, SixteenOfEvery32BytesAreSeenAsRandomThoughTheFileIsNot) {
  const std::string before = words(64'000);
  std::string after = before;
  for (std::size_t i = 0; i + 16 <= after.size(); i += 32) after.replace(i, 16, random_bytes(16, i));
  const auto c = between(before, after);
  EXPECT_TRUE(c.changed_uniform) << c.changed_chi2;
  EXPECT_FALSE(c.before_uniform);
  EXPECT_GT(c.changed_entropy, 7.9);
  EXPECT_LT(c.before_entropy, 6);
  EXPECT_NEAR(static_cast<double>(c.bytes_changed), 32'000, 400);
  EXPECT_EQ(c.type_after, "");
}

// The definition, byte for byte: what lies in no span of eight equal bytes (or one that reaches the border)
// is changed.
std::pair<std::uint64_t, std::uint64_t> runs_and_bytes(std::string_view before, std::string_view after) {
  std::vector<bool> equal(after.size(), false);
  for (std::size_t i = 0; i < after.size();) {
    std::size_t end = i;
    while (end < after.size() && before[end] == after[end]) ++end;
    if (end - i >= 8 || i == 0 || end == after.size())
      std::fill(equal.begin() + i, equal.begin() + end, true);
    i = end + 1;
  }
  std::uint64_t runs = 0, bytes = 0;
  for (std::size_t i = 0; i < equal.size(); ++i) {
    bytes += equal[i] ? 0 : 1;
    runs += !equal[i] && (i == 0 || equal[i - 1]) ? 1 : 0;
  }
  return {runs, bytes};
}

TEST(Measure, ChangedRunsAreThoseOfTheDefinitionWhereverTheyLie) {
  std::minstd_rand random(7);
  for (int round = 0; round < 300; ++round) {
    const std::string before = random_bytes(1 + random() % 700, round + 1);
    std::string after = before;
    for (std::size_t changes = random() % 40; changes > 0; --changes)
      for (std::size_t i = random() % after.size(), end = std::min(after.size(), i + 1 + random() % 90);
           i < end; ++i)
        if (random() % 8 != 0) after[i] = static_cast<char>(after[i] ^ (1 << random() % 8));
    const auto c = between(before, after);
    EXPECT_EQ(std::pair(std::uint64_t{c.runs}, c.bytes_changed), runs_and_bytes(before, after))
        << "round " << round;
  }
}

TEST(Measure, AnInsertionIsNotAChangeOfTheRest) {
  const std::string before = words(50'000);
  const auto c = between(before, before.substr(0, 20'000) + "a new sentence. " + before.substr(20'000));
  EXPECT_LT(c.bytes_changed, 200u);
  EXPECT_FALSE(c.in_place);
  const auto removed = between(before, before.substr(0, 20'000) + before.substr(20'300));
  EXPECT_LT(removed.bytes_changed, 700u);
}

TEST(Measure, AppendAndTruncation) {
  const std::string before = words(50'000);
  const auto appended = between(before, before + random_bytes(3000));
  EXPECT_EQ(appended.bytes_changed, 3000u);
  EXPECT_EQ(appended.bytes_appended, 3000u);
  EXPECT_TRUE(appended.changed_uniform);
  const auto cut = between(before, before.substr(0, 10'000));
  EXPECT_EQ(cut.bytes_changed, 0u);
  EXPECT_FALSE(cut.before_uniform);
  const auto emptied = between(before, "");
  EXPECT_EQ(emptied.bytes_compared, 0u);
  EXPECT_EQ(emptied.type_before, "text/plain");
}

TEST(Measure, AHoleThatIsFilledLosesNothing) {
  const auto c = between(std::string(100'000, '\0'), random_bytes(100'000));
  EXPECT_EQ(c.bytes_filled, c.bytes_changed);
  EXPECT_EQ(c.bytes_measured, 0u);
}

TEST(Measure, InPlaceIsToldFromSavedAnew) {
  std::string after = docx();
  after.replace(after.size() / 3, 2000, random_bytes(2000));
  const auto attacked = between(docx(), after);
  EXPECT_TRUE(attacked.in_place);
  EXPECT_TRUE(attacked.structure_before);
  EXPECT_FALSE(attacked.structure_after);
  const auto saved = between(docx(1), docx(2, 61'000));
  EXPECT_FALSE(saved.in_place);
  EXPECT_TRUE(saved.structure_after);
}

TEST(Measure, FivePercentOfALargeFileIsMetWithinTheBudget) {
  const std::string before = words(8'000'000);
  std::string after = before;
  after.replace(3'300'000, 400'000, random_bytes(400'000));
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto c = between(before, after, {.bytes_max = 1024 * 1024, .seed = seed});
    EXPECT_FALSE(c.whole);
    EXPECT_LE(c.bytes_compared, 1024u * 1024 + 64 * 1024);
    EXPECT_GT(c.bytes_measured, 10'000u) << seed;
    EXPECT_TRUE(c.changed_uniform);
    EXPECT_EQ(c.type_after, "");
  }
}

TEST(Measure, DescribesNewAndRemovedFiles) {
  const TemporaryFile random(random_bytes(5000)), note("All your files are gone. Pay to get them back.\n"),
      document(docx());
  auto c = describe_file(random.fd());
  ASSERT_TRUE(c.has_value());
  EXPECT_TRUE(c->changed_uniform);
  EXPECT_EQ(c->type_after, "");
  c = describe_file(note.fd());
  ASSERT_TRUE(c.has_value());
  EXPECT_EQ(c->type_after, "text/plain");
  EXPECT_EQ(c->digest_after.size(), 64u);
  c = describe_removed(document.fd());
  ASSERT_TRUE(c.has_value());
  EXPECT_TRUE(c->structure_before);
  EXPECT_EQ(c->type_after, "");
}

TEST(Measure, SaysWhatCannotBeRead) {
  const TemporaryFile file("x");
  const int folder = ::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(folder, 0);
  EXPECT_EQ(describe_file(folder).error().code(), ErrorCode::kInvalid);
  ::close(folder);
  EXPECT_EQ(measure_change(-1, file.fd()).error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace vedette::files
