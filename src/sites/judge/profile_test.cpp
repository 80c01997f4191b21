#include "sites/judge/profile.h"

#include <gtest/gtest.h>

#include <random>

#include "sites/judge/excerpt.h"
#include "sites/judge/script_shape.h"
#include "sites/judge/test_pages.h"

namespace vedette::sites {
namespace {

using namespace test;
constexpr std::string_view kUrl = "https://baosonghong.example/";

TEST(ProfileTest, WhatIsWrittenIsReadBack) {
  const Profile profile = learnt(kUrl, newspaper);
  const std::string bytes = profile.serialize();
  auto again = Profile::parse(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().full();
  EXPECT_EQ(again->serialize(), bytes);
  EXPECT_EQ(again->learned(), kLearnTarget);
  EXPECT_EQ(again->judge(fetched(kUrl, newspaper(9)), kLearnTarget).verdict, Verdict::kOk);
}

TEST(ProfileTest, EveryBrokenByteIsNoticed) {
  const std::string bytes = learnt(kUrl, newspaper).serialize();
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    std::string broken = bytes;
    broken[i] = static_cast<char>(broken[i] ^ 0x20);
    EXPECT_FALSE(Profile::parse(broken).has_value()) << i;
  }
  EXPECT_FALSE(Profile::parse(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(Profile::parse("").has_value());
}

TEST(ProfileTest, ALargePageThatChangesWhollyFitsItsBound) {
  Profile profile;
  std::mt19937 random(1);
  for (int fetch = 0; fetch < 20; ++fetch) {
    std::string body = "<html><body>";
    for (int i = 0; i < 4000; ++i) {
      const std::string word = std::string(3, static_cast<char>('a' + random() % 26)) +
                               std::string(4, static_cast<char>('a' + random() % 26)) +
                               std::string(random() % 9, 'q');
      body += "<p class=c>" + word + " alpha " + word + "</p><a href=\"https://" + word + ".example/" + word +
              "\">x</a><script src=\"https://s" + word + ".test/a.js\"></script><script>var " + word + "=f(" +
              word + ")</script>";
    }
    profile.learn(fetched(kUrl, body));
    EXPECT_LE(profile.serialize().size(), Profile::kProfileBytesMax);
  }
}

TEST(PresenceSetTest, SharesOfTheSampleEstimateSharesOfThePage) {
  std::mt19937 random(7);
  std::vector<std::uint32_t> items;
  for (int i = 0; i < 5000; ++i) items.push_back(static_cast<std::uint32_t>(random()));
  std::sort(items.begin(), items.end());
  PresenceSet set(600);
  for (int i = 0; i < 8; ++i) set.learn(items, false);
  EXPECT_LE(set.size(), 600u);
  EXPECT_GT(set.size(), 500u);
  std::vector<std::uint32_t> half;
  for (std::size_t i = 0; i < items.size(); i += 2) half.push_back(items[i]);
  const PresenceSet::Share share = set.compare(half, 8 * kSeenStep);
  EXPECT_NEAR(share.recall(), 0.5, 0.08);
  EXPECT_DOUBLE_EQ(share.precision(), 1.0);
}

TEST(PresenceSetTest, WhatIsGoneIsForgottenAndWhatIsApprovedIsNot) {
  PresenceSet set(10);
  const std::vector<std::uint32_t> old{1}, now{2}, approved{3};
  for (int i = 0; i < 16; ++i) set.learn(old, false);
  set.approve(approved, kWeightMax);
  for (int i = 0; i < 200; ++i) set.learn(now, true);
  EXPECT_FALSE(set.known(1));
  EXPECT_TRUE(set.known(2));
  EXPECT_TRUE(set.known(3));
}

TEST(ScriptShapeTest, DataDoesNotChangeTheSkeletonAndCodeDoes) {
  EXPECT_EQ(skeleton_hash("var a = \"x1\"; f(12) // one\n"), skeleton_hash("var a=\"other\";f(3400)"));
  EXPECT_NE(skeleton_hash("var a=\"x\";f(1)"), skeleton_hash("var a=\"x\";f(1);g()"));
  EXPECT_NE(skeleton_hash("x=/https?:\\/\\//;a()"), skeleton_hash("x=/https?:\\/\\//;b()"));
}

TEST(ScriptShapeTest, HostsAreFoundInPlainAndEscapedForm) {
  EXPECT_EQ(hosts_in("a='https://A.example/x';b=\"https:\\/\\/b.test\\/y\";c='//c.example/z' // d.example"),
            (std::vector<std::string>{"a.example", "c.example", "b.test"}));
}

TEST(ExcerptTest, IsValidUtf8WithinItsBound) {
  EXPECT_EQ(clipped("Báo", 10), "Báo");
  EXPECT_EQ(clipped("a\xff\xc3", 20), "a\xef\xbf\xbd\xef\xbf\xbd");
  for (std::size_t most = 0; most < 20; ++most)
    EXPECT_LE(clipped("Cổng thông tin điện tử", most).size(), most);
  EXPECT_EQ(clipped("Cổng thông tin", 8), "Cổn…");
}

}  // namespace
}  // namespace vedette::sites
