#include "sites/watch/availability.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

AvailabilityState run(AvailabilityState state, const char* checks, double latency_ms = 50) {
  for (; *checks; ++checks) {
    state = *checks == 'x' ? after_failure(state, {}) : after_answer(state, latency_ms, {});
  }
  return state;
}

TEST(Availability, OneFailureAsksForARetryAndIsNotDown) {
  auto state = run({}, "....x");
  EXPECT_FALSE(state.down);
  EXPECT_TRUE(unsettled(state));
  EXPECT_FALSE(unsettled(run(state, ".")));
}

TEST(Availability, TwoFailuresInARowAreDownAndTwoAnswersBack) {
  auto state = run({}, "....xx");
  EXPECT_TRUE(state.down);
  state = run(state, ".");
  EXPECT_TRUE(state.down);
  EXPECT_TRUE(unsettled(state));
  EXPECT_FALSE(run(state, ".").down);
}

TEST(Availability, AFlappingSiteGoesDownOnceAndStaysDownUntilCalm) {
  auto state = run({}, "..........x.x.x.x.x");
  EXPECT_TRUE(state.down);
  int changes = 0;
  for (int i = 0; i < 20; ++i) {
    bool before = state.down;
    state = run(state, i % 2 ? "x" : ".");
    changes += before != state.down;
  }
  EXPECT_EQ(changes, 0);
  EXPECT_FALSE(run(state, "....").down);
}

TEST(Availability, SlowIsFarAboveTheLearntLatencyAndIsNotLearnt) {
  auto state = run({}, "....................", 80);
  state = run(state, "....", 4000);
  EXPECT_FALSE(state.slow);
  state = run(state, ".", 4000);
  EXPECT_TRUE(state.slow);
  EXPECT_LT(state.latency_ms, 100);
  EXPECT_FALSE(run(state, ".", 90).slow);
}

TEST(Availability, ASiteThatIsAlwaysSlowIsNotSlow) {
  auto state = run({}, "....................", 5000);
  EXPECT_FALSE(run(state, "..........", 6000).slow);
}

}  // namespace
}  // namespace vedette::sites
