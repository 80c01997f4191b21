#include "logs/watch/hourly_habit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace vedette::logs {
namespace {

constexpr auto kWeek = HourlySeries::kWeek;

TEST(HourlySeriesTest, KeepsFourWeeksAndKnowsWhatItDoesNotKnow) {
  HourlySeries series;
  EXPECT_EQ(series.at(500'000), HourlySeries::kUnknown);
  series.set(500'000, 7);
  series.set(500'003, 9);
  EXPECT_EQ(series.at(500'000), 7);
  EXPECT_EQ(series.at(500'001), HourlySeries::kUnknown);
  EXPECT_EQ(series.at(500'003), 9);
  EXPECT_EQ(series.at(500'004), HourlySeries::kUnknown) << "it has not been";
  EXPECT_EQ(series.known(), 2);
  series.set(500'000 + HourlySeries::kHours, 1);
  EXPECT_EQ(series.at(500'000), HourlySeries::kUnknown) << "its place is taken";
  EXPECT_EQ(series.at(500'003), 9);
  series.set(500'000, 5);
  EXPECT_EQ(series.at(500'000), HourlySeries::kUnknown) << "older than all that is kept";
  series.set(900'000, 1);
  EXPECT_EQ(series.known(), 1);
}

TEST(HourlyHabitTest, NeedsTwoWeeks) {
  HourlySeries series;
  const std::int64_t now = 500'000;
  for (auto hour = now - kWeek - 1; hour <= now - kWeek + 1; ++hour) series.set(hour, 100);
  EXPECT_FALSE(usual_at(series, now)) << "one week is no habit";
  HourlySeries longer;
  for (const auto week : {2, 1})
    for (std::int64_t beside = -1; beside <= 1; ++beside) longer.set(now - week * kWeek + beside, 100 + week);
  const auto usual = usual_at(longer, now);
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->hours, 6);
  EXPECT_EQ(usual->lowest, 101);
  EXPECT_EQ(usual->highest, 102);
}

TEST(HourlyHabitTest, OneAttackInTheHistoryMovesNothing) {
  HourlySeries series;
  const std::int64_t now = 500'000;
  for (auto hour = now - 4 * kWeek - 1; hour < now; ++hour) series.set(hour, 1'000);
  series.set(now - kWeek, 900'000);
  const auto usual = usual_at(series, now);
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->median, 1'000);
  EXPECT_EQ(usual->deviation, 0);
}

Usual usual_of(std::uint32_t median, double log_deviation = 0.1) {
  return {.median = median,
          .lowest = median / 2,
          .highest = median * 3 / 2,
          .deviation = median * log_deviation,
          .log_deviation = log_deviation,
          .hours = 12};
}

TEST(HourlyHabitTest, AllBoundsMustBePassed) {
  const auto none = Departure::kNone;
  EXPECT_EQ(count_departs(4'100, usual_of(1'000), {}, none), Departure::kAbove);
  EXPECT_EQ(count_departs(3'900, usual_of(1'000), {}, none), none) << "not four times";
  EXPECT_EQ(count_departs(4'100, usual_of(1'000, 0.5), {}, none), none) << "it always varies a lot";
  EXPECT_EQ(count_departs(50, usual_of(5), {}, none), none) << "too few to speak of";
  EXPECT_EQ(count_departs(240, usual_of(1'000), {}, none), Departure::kBelow);
  EXPECT_EQ(count_departs(260, usual_of(1'000), {}, none), none);
  EXPECT_EQ(count_departs(0, usual_of(1'000), {}, none), Departure::kBelow);
  auto wide = usual_of(1'000);
  wide.highest = 4'000;
  EXPECT_EQ(count_departs(5'900, wide, {}, none), none) << "it had nearly as much before";
  // On the way back less is asked.
  EXPECT_EQ(count_departs(2'100, usual_of(1'000), {}, Departure::kAbove), Departure::kAbove);
  EXPECT_EQ(count_departs(1'900, usual_of(1'000), {}, Departure::kAbove), none);
}

TEST(HourlyHabitTest, TwoHoursTurn) {
  DepartureState state;
  EXPECT_FALSE(state.add(Departure::kAbove));
  EXPECT_FALSE(state.add(Departure::kNone));
  EXPECT_FALSE(state.add(Departure::kAbove)) << "two hours, but not one after the other";
  EXPECT_FALSE(DepartureState().add(Departure::kAbove));
  state = DepartureState::unpack(state.packed());
  EXPECT_TRUE(state.add(Departure::kAbove)) << "a restart between them changes nothing";
  EXPECT_EQ(state.now(), Departure::kAbove);
  EXPECT_FALSE(state.add(Departure::kNone));
  EXPECT_TRUE(state.add(Departure::kNone));
  EXPECT_EQ(state.now(), Departure::kNone);
}

// Sources as they are: office hours, nights, Sundays, a nightly job; rates that vary by half from hour to
// hour around a day that varies, too. Three months, no attack.
TEST(HourlyHabitTest, AQuietQuarterYearOfOneHundredSourcesRaisesAlmostNothing) {
  std::mt19937 random(20261129);
  std::normal_distribution<double> normal;
  int told = 0, found = 0;
  for (int source = 0; source < 100; ++source) {
    const auto base = std::pow(10, 1.5 + 3.0 * (source % 10) / 9);
    HourlySeries series;
    DepartureState state;
    const std::int64_t begin = 495'432;
    const auto rate = [&](std::int64_t hour, double day) {
      const auto of_day = hour % 24, of_week = hour / 24 % 7;
      const double shape = (of_week >= 5                 ? 0.15
                            : of_day >= 1 && of_day < 10 ? 1
                                                         : 0.1) +
                           (of_day == 19 ? 2 : 0);
      return std::max(0.0, base * shape * std::exp(0.25 * day + 0.3 * normal(random)));
    };
    double day = 0;
    std::int64_t hour = begin;
    for (; hour < begin + 13 * kWeek; ++hour) {
      if (hour % 24 == 0) day = normal(random);
      const auto value = static_cast<std::uint32_t>(
          std::poisson_distribution<std::int64_t>(std::max(0.01, rate(hour, day)))(random));
      if (const auto usual = usual_at(series, hour))
        told += state.add(count_departs(value, *usual, {}, state.now())) && state.now() != Departure::kNone;
      series.set(hour, value);
    }
    // And the detection: ten times of everything, for three hours of a working day.
    DepartureState attacked = state;
    while (hour % 24 != 3 || hour / 24 % 7 >= 5) ++hour;
    bool seen = false;
    for (int i = 0; i < 3; ++i, ++hour) {
      const auto value = static_cast<std::uint32_t>(10 * rate(hour, 0));
      if (const auto usual = usual_at(series, hour))
        seen |= attacked.add(count_departs(value, *usual, {}, attacked.now())) &&
                attacked.now() == Departure::kAbove;
      series.set(hour, value);
    }
    found += seen;
  }
  RecordProperty("told", told);
  RecordProperty("found", found);
  fmt::print("100 sources, 91 days: {} false findings; ten times as many events found at {} of 100\n", told,
             found);
  EXPECT_LE(told, 5);
  EXPECT_GE(found, 70) << "the others vary so much themselves, or are so small, that ten times says little";
}

}  // namespace
}  // namespace vedette::logs
