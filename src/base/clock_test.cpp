#include "base/clock.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Rfc3339, RoundTripsAndReadsOffsets) {
  auto time = parse_rfc3339("2026-02-28T23:59:59.120Z");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(to_rfc3339(*time), "2026-02-28T23:59:59.120Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T06:30:00+07:00")), "2025-12-31T23:30:00.000Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("1969-12-31T23:00:00-01:30")), "1970-01-01T00:30:00.000Z");
}

TEST(Rfc3339, RefusesWhatIsNotATime) {
  for (auto text : {"", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z",
                    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+7:00", "2026-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

TEST(ManualClock, WallJumpLeavesSteadyAlone) {
  ManualClock clock;
  auto wall = clock.wall();
  auto steady = clock.steady();
  clock.jump_wall(std::chrono::hours(-1));
  EXPECT_EQ(clock.wall(), wall - std::chrono::hours(1));
  EXPECT_EQ(clock.steady(), steady);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(clock.steady(), steady + std::chrono::seconds(5));
}

}  // namespace
}  // namespace vedette
