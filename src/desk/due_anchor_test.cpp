#include "desk/due_anchor.h"

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using namespace std::chrono_literals;

using DueAnchorTest = DeskTest;

TEST_F(DueAnchorTest, AClockThatWasSetBackWhileNothingRanMakesNothingLate) {
  two_steps();
  raise(finding());
  work();
  clock.advance(5min);
  restart();  // nothing became due: nothing was written since the alert
  clock.advance(4min);
  clock.jump_wall(-24h);
  restart();
  work();
  EXPECT_TRUE(sent.calls.empty());
  clock.advance(61s);
  work();
  EXPECT_EQ(sent.calls.size(), 1u) << "ten minutes after the alert, by the steady clock";
}

TEST_F(DueAnchorTest, AValueOfAnEarlierVersionIsTheTimeAlone) {
  ASSERT_TRUE(database->write(
      [](store::Session& session) { return set_desk_value(session, "due_now", "1900000000000"); }));
  ASSERT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto kept, kept_due_ms(session, clock));
    EXPECT_EQ(kept, 1'900'000'000'000);
    return {};
  }));
}

}  // namespace
}  // namespace vedette::desk
