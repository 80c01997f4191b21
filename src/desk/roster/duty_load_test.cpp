#include "desk/roster/duty_load.h"

#include "desk/desk_fixture.h"
#include "desk/escalation/policies.h"
#include "desk/periods/periods.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;

struct DutyLoadTest : DeskTest {
  Rosters rosters{*database, *desk, clock};
  const Zone zone = *Zone::find("Asia/Ho_Chi_Minh");
  std::string an, binh;

  // An and Bình take turns of a day in the first tier; An stands in the second all week. Monday, 07:00 in Hà
  // Nội.
  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-02-02T00:00:00Z") - clock.wall());
    two_steps();
    an = person("An");
    binh = person("Bình");
    const auto start = *parse_local_text("2026-02-02T07:00");
    Roster roster{.name = "Trực ban"};
    roster.tiers = {{"first", "", {{.start = start, .turn_minutes = kDayMinutes, .members = {binh, an}}}},
                    {"second", "", {{.start = start, .members = {an}}}}};
    auto saved = rosters.save_roster(roster, "lan");
    ASSERT_TRUE(saved) << saved.error().full();
    EscalationPolicy policy;
    policy.id = policy.name = kDefaultPolicy;
    policy.steps = {{0, {{TargetKind::kTier, saved->id, "first"}}}};
    policy.repeat_last_minutes = 0;
    ASSERT_TRUE(Policies(*database, clock).save(policy, "lan"));
  }
  std::string person(const std::string& name) {
    auto saved = rosters.save_person(
        {.name = name,
         .contacts = {{mail_channel, fmt::format("p{}@example.org", name.size())}, {hook_channel, ""}}},
        "lan");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? saved->id : "";
  }
  DutyLoad load_of(const std::string& person, WallTime from, WallTime to) {
    auto loads = copy_of(duty_load(*database, from, to, zone));
    auto found = std::ranges::find(loads, person, &DutyLoad::person);
    return found == loads.end() ? DutyLoad{} : *found;
  }
};

TEST_F(DutyLoadTest, SeveralTiersAtOnceCountOnce) {
  const auto from = clock.wall(), to = from + hours(24 * 4);
  EXPECT_EQ(load_of(an, from, to).duty, hours(24 * 4));
  EXPECT_EQ(load_of(binh, from, to).duty, hours(24 * 2));
  EXPECT_EQ(load_of(an, from, to).name, "An");
}

TEST_F(DutyLoadTest, APageIsOneStepHoweverManyContactsItTook) {
  const auto from = clock.wall();
  raise(finding("day"));  // 07:00
  clock.advance(std::chrono::seconds(15));
  work();  // the mail and, without acceptance in time, the webhook
  clock.advance(hours(15));
  raise(finding("night"));  // 22:00
  work();
  clock.advance(hours(7));
  raise(finding("same night"));  // 05:00
  work();
  auto load = load_of(binh, from, clock.wall() + hours(1));
  EXPECT_EQ(load.pages, 3);
  EXPECT_EQ(load.night_pages, 2);
  EXPECT_EQ(load.nights, 1);
  EXPECT_EQ(load_of(an, from, clock.wall() + hours(1)).pages, 0);
  EXPECT_EQ(load_of(binh, from, from + hours(1)).pages, 1);
}

TEST_F(DutyLoadTest, DutyBesideInAWatchPeriodCounts) {
  const auto from = clock.wall(), to = from + hours(24);
  auto chi = person("Chi");
  auto roster = copy_of(rosters.rosters()).front().id;
  WatchPeriod period{.name = "Tết",
                     .from = *parse_local_text("2026-02-02T19:00"),
                     .to = *parse_local_text("2026-02-05T00:00")};
  period.tiers = {{roster, "first", 2, {{.start = *parse_local_text("2026-02-02T07:00"), .members = {chi}}}}};
  auto saved = Periods(*database, *desk, clock).save(period, "lan");
  ASSERT_TRUE(saved) << saved.error().full();
  EXPECT_EQ(load_of(chi, from, to).duty, hours(12));
}

}  // namespace
}  // namespace vedette::desk
