#include "cli/vigil.h"

#include <gtest/gtest.h>

namespace vedette::cli {
namespace {

using std::chrono::seconds;

struct VigilTest : testing::Test {
  SteadyTime begin{};
  Vigil vigil{{seconds(15), seconds(300)}, begin};
  Shout at(int second, Sight sight) { return vigil.look(sight, begin + seconds(second)); }
};

TEST_F(VigilTest, ShoutsWhenTheServerIsSilentForLongAndWhenItIsBack) {
  EXPECT_EQ(at(3, Sight::kWell), Shout::kNone);
  EXPECT_EQ(at(6, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(17, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(18, Sight::kSilent), Shout::kSilent);
  EXPECT_EQ(at(21, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(317, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(318, Sight::kSilent), Shout::kSilent) << "again";
  EXPECT_EQ(at(321, Sight::kWell), Shout::kBack);
  EXPECT_EQ(at(324, Sight::kWell), Shout::kNone);
}

TEST_F(VigilTest, AShortPauseIsNothing) {
  for (int second = 0; second < 600; second += 3)
    EXPECT_EQ(at(second, second % 12 == 0 ? Sight::kWell : Sight::kSilent), Shout::kNone) << second;
}

TEST_F(VigilTest, ASilenceFromTheBeginningIsTold) {
  EXPECT_EQ(at(3, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(15, Sight::kSilent), Shout::kSilent);
}

TEST_F(VigilTest, FromIllToSilentIsNewsAndBackToIllIsNot) {
  EXPECT_EQ(at(15, Sight::kIll), Shout::kIll);
  EXPECT_EQ(at(18, Sight::kSilent), Shout::kSilent);
  EXPECT_EQ(at(21, Sight::kIll), Shout::kNone);
  EXPECT_EQ(at(24, Sight::kSilent), Shout::kNone);
  EXPECT_EQ(at(27, Sight::kWell), Shout::kBack);
}

}  // namespace
}  // namespace vedette::cli
