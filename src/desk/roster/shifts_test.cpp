#include "desk/roster/shifts.h"

#include <gtest/gtest.h>

namespace vedette::desk {
namespace {

using std::chrono::hours;

WallTime utc(std::string_view text) { return *parse_rfc3339(std::string(text) + ":00Z"); }
LocalTime local(std::string_view text) { return *parse_local_text(text); }

Layer weekly(std::vector<std::string> members, std::string zone = "Asia/Ho_Chi_Minh") {
  return {.name = "week",
          .zone = std::move(zone),
          .start = local("2026-01-05T07:00"),
          .members = std::move(members)};
}
std::string who(const Tier& tier, const RosterFacts& facts, std::string_view at) {
  return on_duty(tier, facts, utc(at)).person;
}
RosterSwap accepted(std::string giver, std::string taker, std::string_view from, std::string_view to) {
  return {.id = "s",
          .tier = "first",
          .giver = std::move(giver),
          .taker = std::move(taker),
          .from = utc(from),
          .to = utc(to),
          .state = SwapState::kAccepted};
}

TEST(Shifts, MembersTakeTurnsAtTheWallTimeOfTheZone) {
  Tier tier{"first", "", {weekly({"an", "binh", "chi"})}};
  EXPECT_EQ(who(tier, {}, "2026-01-04T23:59"), "") << "before the first handoff";
  EXPECT_EQ(who(tier, {}, "2026-01-05T00:00"), "an");
  EXPECT_EQ(who(tier, {}, "2026-01-11T23:59"), "an");
  EXPECT_EQ(who(tier, {}, "2026-01-12T00:00"), "binh");
  EXPECT_EQ(who(tier, {}, "2026-01-26T00:00"), "an");
  auto shifts = shifts_of(tier, {}, utc("2026-01-08T00:00"), utc("2026-01-20T00:00"));
  ASSERT_EQ(shifts.size(), 3u);
  EXPECT_EQ(shifts[1].from, utc("2026-01-12T00:00"));
  EXPECT_EQ(shifts[1].to, utc("2026-01-19T00:00"));
  EXPECT_EQ(shifts[2].to, utc("2026-01-20T00:00")) << "clipped";
}

TEST(Shifts, AHandoffStaysAtItsWallTimeWhenSummerTimeComes) {
  Tier tier{"first", "", {weekly({"an", "binh"}, "Europe/Berlin")}};
  auto shifts = shifts_of(tier, {}, utc("2026-03-16T06:00"), utc("2026-04-13T00:00"));
  ASSERT_GE(shifts.size(), 3u);
  EXPECT_EQ(shifts[1].from, utc("2026-03-23T06:00"));
  EXPECT_EQ(shifts[2].from, utc("2026-03-30T05:00"));
}

TEST(Shifts, AHandoffAtASkippedOrDoubledTime) {
  Layer daily{.name = "d",
              .zone = "Europe/Berlin",
              .start = local("2026-03-01T02:30"),
              .turn_minutes = kDayMinutes,
              .members = {"an", "binh"}};
  Tier tier{"first", "", {daily}};
  auto spring = shifts_of(tier, {}, utc("2026-03-28T12:00"), utc("2026-03-29T12:00"));
  ASSERT_EQ(spring.size(), 2u);
  EXPECT_EQ(spring[1].from, utc("2026-03-29T01:00")) << "the moment the clock is put forward";
  auto autumn = shifts_of(tier, {}, utc("2026-10-24T12:00"), utc("2026-10-25T12:00"));
  ASSERT_EQ(autumn.size(), 2u);
  EXPECT_EQ(autumn[1].from, utc("2026-10-25T00:30")) << "the first 02:30 of that night";
}

TEST(Shifts, LaterLayersStandOverEarlierOnesInTheirWindows) {
  auto nights = weekly({"dung"});
  nights.name = "nights";
  for (int day = 0; day < 7; ++day)
    nights.windows.push_back({day * kDayMinutes + 22 * 60, ((day + 1) % 7) * kDayMinutes + 6 * 60});
  Tier tier{"first", "", {weekly({"an", "binh"}), nights}};
  EXPECT_EQ(who(tier, {}, "2026-01-07T14:59"), "an");
  EXPECT_EQ(who(tier, {}, "2026-01-07T15:00"), "dung") << "22:00 in Hà Nội";
  EXPECT_EQ(who(tier, {}, "2026-01-11T22:59"), "dung") << "over the end of the week";
  EXPECT_EQ(who(tier, {}, "2026-01-11T23:00"), "an");
}

TEST(Shifts, WhoIsOnLeaveIsSkippedAndTheNextStandsIn) {
  Tier tier{"first", "", {weekly({"an", "binh", "chi"})}};
  RosterFacts facts{.leaves = {{"1", "an", utc("2026-01-06T00:00"), utc("2026-01-08T00:00"), "", ""},
                               {"2", "binh", utc("2026-01-07T00:00"), utc("2026-01-08T00:00"), "", ""}}};
  EXPECT_EQ(who(tier, facts, "2026-01-05T12:00"), "an");
  EXPECT_EQ(who(tier, facts, "2026-01-06T12:00"), "binh");
  EXPECT_EQ(on_duty(tier, facts, utc("2026-01-06T12:00")).stands_in, "an");
  EXPECT_EQ(who(tier, facts, "2026-01-07T12:00"), "chi");
  facts.leaves.push_back({"3", "chi", utc("2026-01-07T00:00"), utc("2026-01-08T00:00"), "", ""});
  EXPECT_EQ(who(tier, facts, "2026-01-07T12:00"), "") << "nobody is left";
  Roster roster{"r", "R", 1, {tier}};
  auto gaps = gaps_of(roster, facts, utc("2026-01-05T00:00"), utc("2026-02-05T00:00"));
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].from, utc("2026-01-07T00:00"));
  EXPECT_EQ(gaps[0].to, utc("2026-01-08T00:00"));
}

TEST(Shifts, TheNewestOverrideHoldsEvenForSomebodyOnLeaveAndShowsIt) {
  Tier tier{"first", "", {weekly({"an", "binh"})}};
  RosterFacts facts{
      .overrides = {{"o1", "r", "first", "chi", utc("2026-01-06T00:00"), utc("2026-01-07T00:00"), "", ""},
                    {"o2", "r", "first", "dung", utc("2026-01-06T12:00"), utc("2026-01-06T18:00"), "", ""},
                    {"o3", "r", "second", "em", utc("2026-01-06T00:00"), utc("2026-01-07T00:00"), "", ""}},
      .leaves = {{"1", "dung", utc("2026-01-06T00:00"), utc("2026-01-06T15:00"), "", ""}}};
  EXPECT_EQ(who(tier, facts, "2026-01-06T11:59"), "chi");
  auto shift = on_duty(tier, facts, utc("2026-01-06T12:00"));
  EXPECT_EQ(shift.person, "dung");
  EXPECT_EQ(shift.override_id, "o2");
  EXPECT_TRUE(shift.on_leave);
  EXPECT_FALSE(on_duty(tier, facts, utc("2026-01-06T15:00")).on_leave);
  EXPECT_EQ(who(tier, facts, "2026-01-06T18:00"), "chi");
}

TEST(Shifts, AnAcceptedSwapPutsOneInTheOthersPlaceAndBack) {
  Tier tier{"first", "", {weekly({"an", "binh"})}};
  auto swap = accepted("an", "binh", "2026-01-06T00:00", "2026-01-07T00:00");
  swap.back_from = utc("2026-01-13T00:00");
  swap.back_to = utc("2026-01-14T00:00");
  RosterFacts facts{.swaps = {swap}};
  EXPECT_EQ(who(tier, facts, "2026-01-06T01:00"), "binh");
  EXPECT_EQ(on_duty(tier, facts, utc("2026-01-06T01:00")).swapped_from, "an");
  EXPECT_EQ(who(tier, facts, "2026-01-07T00:00"), "an");
  EXPECT_EQ(who(tier, facts, "2026-01-13T01:00"), "an");
  facts.swaps[0].state = SwapState::kProposed;
  EXPECT_EQ(who(tier, facts, "2026-01-06T01:00"), "an") << "without consent nothing changes";
}

TEST(Shifts, SwappingBackUndoesASwap) {
  Tier tier{"first", "", {weekly({"an", "binh"})}};
  RosterFacts facts{.swaps = {accepted("an", "binh", "2026-01-06T00:00", "2026-01-07T00:00"),
                              accepted("binh", "an", "2026-01-06T12:00", "2026-01-07T00:00")}};
  EXPECT_EQ(who(tier, facts, "2026-01-06T11:00"), "binh");
  auto shift = on_duty(tier, facts, utc("2026-01-06T12:00"));
  EXPECT_EQ(shift.person, "an");
  EXPECT_EQ(shift.swapped_from, "");
}

TEST(Roster, AWrongDefinitionIsRefusedByField) {
  auto refused = [](auto change) {
    Roster roster{"", "Trực ca", 0, {{"first", "Ca một", {weekly({"an"})}}}};
    change(roster);
    auto checked = check_roster(roster, {"an"});
    return checked ? std::string("taken") : checked.error().full();
  };
  EXPECT_EQ(refused([](Roster&) {}), "taken");
  auto names = [&](const std::string& field, auto change) {
    EXPECT_NE(refused(change).find(field), std::string::npos) << refused(change);
  };
  names("name", [](Roster& r) { r.name.clear(); });
  names("tiers", [](Roster& r) { r.tiers.clear(); });
  names("tiers[0].id", [](Roster& r) { r.tiers[0].id = "First!"; });
  names("tiers[1].id", [](Roster& r) { r.tiers.push_back(r.tiers[0]); });
  names("tiers[0].layers[0].zone", [](Roster& r) { r.tiers[0].layers[0].zone = "Mars/Base"; });
  names("tiers[0].layers[0].members[0]", [](Roster& r) { r.tiers[0].layers[0].members = {"nobody"}; });
  names("tiers[0].layers[0].members", [](Roster& r) { r.tiers[0].layers[0].members.clear(); });
  names("tiers[0].layers[0].turn_minutes", [](Roster& r) { r.tiers[0].layers[0].turn_minutes = 1; });
  names("tiers[0].layers[0].start",
        [](Roster& r) { r.tiers[0].layers[0].start = local("9999-01-01T00:00"); });
  names("tiers[0].layers[0].end", [](Roster& r) { r.tiers[0].layers[0].end = r.tiers[0].layers[0].start; });
  names("tiers[0].layers[0].windows[0]", [](Roster& r) { r.tiers[0].layers[0].windows = {{60, 60}}; });
}

}  // namespace
}  // namespace vedette::desk
