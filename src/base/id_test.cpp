#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace vedette {
namespace {

TEST(Id, SortsByTimeEvenWithinOneMillisecondAndWhenTheClockGoesBack) {
  ManualClock clock(from_unix_ms(4'000'000'000'000));
  std::string previous = new_id(clock);
  EXPECT_TRUE(is_id(previous)) << previous;
  for (int i = 0; i < 10'000; ++i) {
    if (i == 5'000) clock.jump_wall(std::chrono::hours(-1));
    std::string next = new_id(clock);
    ASSERT_LT(previous, next);
    ASSERT_TRUE(is_id(next)) << next;
    previous = next;
  }
}

TEST(Id, RefusesOtherText) {
  EXPECT_FALSE(is_id(""));
  EXPECT_FALSE(is_id("0190b5c2-0000-7000-8000-00000000000G"));
  EXPECT_FALSE(is_id("0190b5c2x0000-7000-8000-000000000000"));
}

TEST(RandomToken, IsUrlSafeAndDoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    auto token = random_token();
    EXPECT_EQ(token.size(), 43u);
    EXPECT_EQ(token.find_first_of("+/=\0"), std::string::npos);
    EXPECT_TRUE(seen.insert(token).second);
  }
}

}  // namespace
}  // namespace vedette
