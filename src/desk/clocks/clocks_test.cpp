#include "desk/clocks/clocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::desk {
namespace {

using ::testing::ElementsAre;

WallTime at(std::string_view text) { return *parse_rfc3339(text); }

const RegimeSet& set() {
  static const auto built_in = RegimeSet::built_in();
  return built_in;
}

std::vector<std::string> shown(const std::vector<LegalClock>& clocks) {
  std::vector<std::string> out;
  for (const auto& clock : clocks)
    out.push_back(clock.key.step + " " + std::string(to_string(clock.state)) + " " +
                  (clock.due ? to_rfc3339(*clock.due).substr(0, 19) : "-"));
  return out;
}

std::vector<std::string> keys_of(const std::vector<Message>& messages) {
  std::vector<std::string> out;
  for (const auto& one : messages) out.push_back(one.key);
  return out;
}

const auto kDetected = at("2026-11-20T02:00:00Z");

TEST(Clocks, ABankReportsIn24HoursAndFiveWorkingDaysAfterItIsOver) {
  IncidentFacts facts{.detected_at = kDetected};
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2020_09_nhnn"}, facts, {}, kDetected + std::chrono::hours(1))),
              ElementsAre("report running 2026-11-21T02:00:00", "recovery_report waiting -"));
  facts.finished_at = at("2026-11-27T03:00:00Z");
  const SentReports sent{{{"vn_2020_09_nhnn", "report"}, at("2026-11-21T02:00:00Z")}};
  auto clocks = clocks_of(set(), {"vn_2020_09_nhnn"}, facts, sent, at("2026-12-04T17:00:00Z"));
  EXPECT_THAT(shown(clocks),
              ElementsAre("report done 2026-11-21T02:00:00", "recovery_report overdue 2026-12-04T16:59:59"));
  EXPECT_THAT(keys_of(clocks[1].assumptions), ElementsAre("desk.clock.assumed.days_off"));
  EXPECT_EQ(clocks[1].counted.key, "desk.clock.counted.working_days");
}

TEST(Clocks, ARunningClockIsInTimeUntilItsLastMomentAndLateAfterIt) {
  const IncidentFacts facts{.detected_at = kDetected};
  const auto due = kDetected + std::chrono::hours(72);
  const auto state = [&](WallTime now, const SentReports& sent) {
    return clocks_of(set(), {"vn_personal_data"}, facts, sent, now)[0].state;
  };
  EXPECT_EQ(state(due, {}), ClockState::kRunning);
  EXPECT_EQ(state(due + std::chrono::milliseconds(1), {}), ClockState::kOverdue);
  EXPECT_EQ(state(due + std::chrono::hours(9), {{{"vn_personal_data", "notice"}, due}}), ClockState::kDone);
  EXPECT_EQ(state(due, {{{"vn_personal_data", "notice"}, due + std::chrono::milliseconds(1)}}),
            ClockState::kDoneLate);
}

TEST(Clocks, BeyondOwnCapacityMeansAtOnceInPlaceOfFiveDays) {
  IncidentFacts facts{.detected_at = kDetected};
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2017_05"}, facts, {}, kDetected)),
              ElementsAre("report running 2026-11-25T02:00:00"));
  facts.beyond_capacity = true;
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2017_05"}, facts, {}, kDetected)),
              ElementsAre("urgent_report overdue 2026-11-20T02:00:00"));
  const SentReports sent{{{"vn_2017_05", "urgent_report"}, kDetected + std::chrono::minutes(5)}};
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2017_05"}, facts, sent, kDetected)),
              ElementsAre("urgent_report done 2026-11-20T02:00:00"))
      << "nothing that is sent can be earlier than at once";
}

TEST(Clocks, ARequestRunsFromItsReceptionAndTheUrgentOneShorter) {
  IncidentFacts facts{.detected_at = kDetected};
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2025_116_takedown"}, facts, {}, kDetected)),
              ElementsAre("ordinary waiting -"));
  facts.request_received_at = at("2026-11-21T02:00:00Z");
  EXPECT_THAT(
      shown(clocks_of(set(), {"vn_2025_116_takedown", "vn_2025_116_user_data"}, facts, {}, kDetected)),
      ElementsAre("ordinary running 2026-11-22T02:00:00", "ordinary running 2026-11-22T02:00:00"));
  facts.urgent = true;
  EXPECT_THAT(
      shown(clocks_of(set(), {"vn_2025_116_takedown", "vn_2025_116_user_data"}, facts, {}, kDetected)),
      ElementsAre("urgent running 2026-11-21T08:00:00", "urgent running 2026-11-21T05:00:00"));
}

TEST(Clocks, ARegimeThatWasNotInForceHasNoDeadline) {
  IncidentFacts facts{.request_received_at = at("2026-06-30T16:59:59Z")};
  auto clocks = clocks_of(set(), {"vn_2025_116_takedown"}, facts, {}, kDetected);
  EXPECT_THAT(shown(clocks), ElementsAre("ordinary not_in_force -"));
  EXPECT_FALSE(is_open(clocks[0].state));
  facts.request_received_at = at("2026-06-30T17:00:00Z");
  EXPECT_THAT(shown(clocks_of(set(), {"vn_2025_116_takedown"}, facts, {}, kDetected)),
              ElementsAre("ordinary overdue 2026-07-01T17:00:00"))
      << "the first moment of 1 July in Hanoi";
}

TEST(Clocks, TheFinalReportOfNis2RunsFromTheNotification) {
  IncidentFacts facts{.detected_at = kDetected};
  auto clocks = clocks_of(set(), {"eu_nis2"}, facts, {}, kDetected);
  EXPECT_THAT(shown(clocks), ElementsAre("early_warning running 2026-11-21T02:00:00",
                                         "notification running 2026-11-23T02:00:00",
                                         "final_report waiting 2026-12-23T02:00:00"));
  EXPECT_THAT(keys_of(clocks[0].assumptions), ElementsAre("desk.clock.assumed.aware"));
  EXPECT_THAT(keys_of(clocks[2].assumptions), ElementsAre("desk.clock.assumed.sent"));
  EXPECT_TRUE(clocks[0].regime->verified);

  facts.aware_at = kDetected + std::chrono::hours(2);
  const SentReports sent{{{"eu_nis2", "notification"}, at("2026-11-21T10:00:00Z")}};
  clocks = clocks_of(set(), {"eu_nis2"}, facts, sent, kDetected);
  EXPECT_THAT(shown(clocks), ElementsAre("early_warning running 2026-11-21T04:00:00",
                                         "notification done 2026-11-23T04:00:00",
                                         "final_report running 2026-12-21T10:00:00"));
  EXPECT_TRUE(clocks[2].assumptions.empty());
}

TEST(Clocks, WithoutFactsEverythingWaitsAndUnknownRegimesGiveNothing) {
  for (const auto& clock : clocks_of(set(), {"eu_nis2", "vn_2017_05", "gone"}, {}, {}, kDetected)) {
    EXPECT_EQ(clock.state, ClockState::kWaiting);
    EXPECT_TRUE(is_open(clock.state));
    EXPECT_FALSE(clock.due);
  }
  EXPECT_TRUE(clocks_of(set(), {"gone"}, {.detected_at = kDetected}, {}, kDetected).empty());
}

TEST(Clocks, EveryMessageIsInBothCatalogues) {
  const auto known = catalogue_keys(Language::kVietnamese);
  for (auto unit : {PeriodUnit::kAtOnce, PeriodUnit::kHours, PeriodUnit::kDays, PeriodUnit::kWholeDays,
                    PeriodUnit::kWorkingDays, PeriodUnit::kMonths})
    EXPECT_TRUE(std::ranges::binary_search(known, "desk.clock.counted." + std::string(to_string(unit))));
  for (const auto* assumed : {"aware", "sent", "days_off"})
    EXPECT_TRUE(std::ranges::binary_search(known, std::string("desk.clock.assumed.") + assumed));
}

}  // namespace
}  // namespace vedette::desk
