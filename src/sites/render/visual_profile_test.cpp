#include "sites/render/visual_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

constexpr std::uint32_t kWidth = 1'280, kHeight = 1'600;

void fill(Picture& picture, Box box, std::array<std::uint8_t, 3> colour) {
  for (std::uint32_t y = box.y; y < box.y + box.height; ++y) {
    for (std::uint32_t x = box.x; x < box.x + box.width; ++x) {
      std::copy(colour.begin(), colour.end(),
                picture.rgb.begin() + 3 * static_cast<std::ptrdiff_t>(picture.width * y + x));
    }
  }
}

Picture page() {
  Picture out{kWidth, kHeight, std::vector<std::uint8_t>(std::size_t{3} * kWidth * kHeight, 255)};
  fill(out, {0, 0, kWidth, 128}, {10, 60, 140});
  for (std::uint32_t line = 0; line < 40; ++line)
    fill(out, {64, 200 + line * 24, 900 - line * 7, 10}, {40, 40, 40});
  return out;
}

TEST(VisualProfile, TheSamePageDoesNotDiffer) {
  VisualProfile profile;
  profile.learn(page());
  auto got = profile.compare(page());
  EXPECT_EQ(got.stable_blocks, 20 * 25);
  EXPECT_EQ(got.changed_blocks, 0);
  EXPECT_EQ(got.dhash_distance, 0);
  EXPECT_TRUE(got.boxes.empty());
}

TEST(VisualProfile, NothingLearntSaysNothing) {
  auto got = VisualProfile().compare(page());
  EXPECT_EQ(got.stable_blocks, 0);
  EXPECT_EQ(got.changed_share, 0);
}

TEST(VisualProfile, AReplacedPageDiffersNearlyEverywhereAndInItsHash) {
  VisualProfile profile;
  profile.learn(page());
  Picture black{kWidth, kHeight, std::vector<std::uint8_t>(std::size_t{3} * kWidth * kHeight, 0)};
  fill(black, {400, 300, 500, 300}, {200, 0, 0});
  auto got = profile.compare(black);
  EXPECT_EQ(got.changed_share, 1.0);
  EXPECT_GT(got.dhash_distance, 5);
  ASSERT_EQ(got.boxes.size(), 1u);
  EXPECT_EQ(got.boxes[0], (Box{0, 0, kWidth, kHeight}));
}

TEST(VisualProfile, NamesTheChangedPlace) {
  VisualProfile profile;
  profile.learn(page());
  Picture changed = page();
  fill(changed, {640, 1'280, 128, 64}, {255, 0, 0});
  fill(changed, {0, 1'536, 64, 64}, {0, 0, 0});
  auto got = profile.compare(changed);
  EXPECT_EQ(got.changed_blocks, 3);
  EXPECT_EQ(got.boxes, (std::vector<Box>{{640, 1'280, 128, 64}, {0, 1'536, 64, 64}}));
}

TEST(VisualProfile, ACarouselIsMaskedAndTrustedAgainMuchLater) {
  VisualProfile profile;
  Picture other = page();
  fill(other, {0, 0, 640, 128}, {200, 200, 0});
  profile.learn(page());
  profile.learn(other);
  EXPECT_NEAR(profile.variable_share(), 20.0 / 500, 1e-9);
  Picture third = page();
  fill(third, {0, 0, 640, 128}, {0, 200, 0});
  EXPECT_EQ(profile.compare(third).changed_blocks, 0);
  for (int i = 0; i < VisualProfile::kHeatMax; ++i) profile.learn(other);
  EXPECT_EQ(profile.variable_share(), 0);
  EXPECT_EQ(profile.compare(third).changed_blocks, 20);
}

TEST(VisualProfile, AnApprovedPictureIsTheReferenceAndMasksNothingNew) {
  VisualProfile profile;
  profile.learn(page());
  Picture redesign = page();
  fill(redesign, {0, 0, kWidth, 640}, {0, 90, 0});
  EXPECT_GT(profile.compare(redesign).changed_blocks, 100);
  profile.approve(redesign);
  EXPECT_EQ(profile.compare(redesign).changed_blocks, 0);
  EXPECT_EQ(profile.variable_share(), 0);
}

TEST(VisualProfile, SmallNoiseIsNoChange) {
  VisualProfile profile;
  profile.learn(page());
  Picture noisy = page();
  for (std::size_t i = 0; i < noisy.rgb.size(); ++i) {
    int shift = static_cast<int>(i * 2'654'435'761u >> 7 & 15) - 8;
    noisy.rgb[i] = static_cast<std::uint8_t>(std::clamp(noisy.rgb[i] + shift, 0, 255));
  }
  EXPECT_EQ(profile.compare(noisy).changed_blocks, 0);
}

TEST(VisualProfile, AnotherSizeIsAnotherPage) {
  VisualProfile profile;
  profile.learn(page());
  Picture narrow{640, 480, std::vector<std::uint8_t>(std::size_t{3} * 640 * 480, 255)};
  EXPECT_EQ(profile.compare(narrow).changed_share, 1.0);
}

TEST(VisualProfile, SerialisesSmallAndReadsNothingElse) {
  VisualProfile profile;
  Picture other = page();
  fill(other, {640, 640, 300, 300}, {1, 200, 3});
  profile.learn(page());
  profile.learn(other);
  std::string bytes = profile.serialize();
  EXPECT_LE(bytes.size(), VisualProfile::kProfileBytesMax);
  auto back = VisualProfile::parse(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->serialize(), bytes);
  EXPECT_EQ(back->learned(), 2);
  EXPECT_EQ(back->compare(other).changed_blocks, 0);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    ASSERT_FALSE(VisualProfile::parse(bytes.substr(0, cut)).has_value());
  // Any byte may be anything: it must be refused or give a profile that can be used.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string wrong = bytes;
    wrong[i] = static_cast<char>(wrong[i] ^ 0xFF);
    if (auto read = VisualProfile::parse(wrong); read.has_value() && i < 16) read->compare(page());
  }
}

TEST(VisualProfile, TheLargestPictureStaysWithinTheLimit) {
  Picture tall{1'900, 4'096, std::vector<std::uint8_t>(std::size_t{3} * 1'900 * 4'096, 7)};
  VisualProfile profile;
  profile.learn(tall);
  EXPECT_LE(profile.serialize().size(), VisualProfile::kProfileBytesMax);
  EXPECT_TRUE(VisualProfile::parse(profile.serialize()).has_value());
}

}  // namespace
}  // namespace vedette::sites
