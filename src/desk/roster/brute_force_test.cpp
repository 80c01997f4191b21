// The shifts against a simulation that goes minute by minute with the C library's time zones: another reader
// of the zones, another way to count. Every minute must have the person the simulation has, and the shifts
// must follow each other without a hole or an overlap.
//
// A few zones in the weeks in which clocks change here; VEDETTE_ROSTER_BRUTE_FORCE=50x10 takes 50 zones and
// ten years (a few minutes).
#include <gtest/gtest.h>
#include <time.h>

#include <cstdlib>

#include "desk/roster/shifts.h"

namespace vedette::desk {
namespace {

using std::chrono::minutes;

constexpr const char* kZones[] = {
    "Europe/Berlin",       "Australia/Lord_Howe", "Africa/Casablanca",  "Asia/Ho_Chi_Minh",
    "America/St_Johns",    "Pacific/Chatham",     "America/New_York",   "America/Los_Angeles",
    "America/Chicago",     "America/Denver",      "America/Phoenix",    "America/Anchorage",
    "America/Adak",        "America/Halifax",     "America/Havana",     "America/Sao_Paulo",
    "America/Santiago",    "America/Asuncion",    "America/Nuuk",       "America/Scoresbysund",
    "America/Mexico_City", "America/Tijuana",     "America/Bogota",     "Atlantic/Azores",
    "Atlantic/Reykjavik",  "Europe/London",       "Europe/Dublin",      "Europe/Lisbon",
    "Europe/Chisinau",     "Europe/Kyiv",         "Europe/Istanbul",    "Europe/Moscow",
    "Africa/Cairo",        "Africa/Johannesburg", "Africa/Lagos",       "Asia/Beirut",
    "Asia/Gaza",           "Asia/Jerusalem",      "Asia/Tehran",        "Asia/Kolkata",
    "Asia/Kathmandu",      "Asia/Shanghai",       "Asia/Tokyo",         "Asia/Bangkok",
    "Asia/Pyongyang",      "Australia/Sydney",    "Australia/Adelaide", "Pacific/Auckland",
    "Pacific/Apia",        "Antarctica/Troll"};
static_assert(std::size(kZones) == 50);

LocalTime local(std::string_view text) { return *parse_local_text(text); }
WallTime utc(int year, unsigned month, unsigned day) {
  return WallTime(
      std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)));
}

// Handoffs at the hours in which clocks are changed, in turns that do and do not fit into days and weeks.
Tier tier_of(const std::string& zone, int year) {
  auto start = [&](std::string_view rest) { return local(fmt::format("{:04}-{}", year - 1, rest)); };
  Layer base{.name = "week", .zone = zone, .start = start("12-30T02:30"), .members = {"a", "b", "c"}};
  Layer days{.name = "day",
             .zone = zone,
             .start = start("12-31T01:15"),
             .turn_minutes = kDayMinutes,
             .members = {"d", "e"},
             .windows = {{60, 4 * kDayMinutes + 150}, {6 * kDayMinutes + 90, 30}}};
  Layer shifts{.name = "12h",
               .zone = zone,
               .start = start("12-31T02:00"),
               .turn_minutes = 12 * 60,
               .members = {"f", "g", "h", "i", "j"},
               .windows = {{2 * kDayMinutes, 5 * kDayMinutes}}};
  Layer odd{.name = "20 min",
            .zone = zone,
            .start = start("12-31T00:10"),
            .turn_minutes = 20,
            .members = {"k", "l", "m", "n", "o", "p", "q"},
            .windows = {{6 * kDayMinutes + 15, 6 * kDayMinutes + 4 * 60},
                        {5 * kDayMinutes + 120, 5 * kDayMinutes + 181}}};
  return {"first", "", {base, days, shifts, odd}};
}

RosterFacts facts_of(WallTime from, WallTime to) {
  RosterFacts facts;
  const char* on_leave[] = {"a", "d", "f", "k", "l"};
  int i = 0;
  for (auto at = from; at < to; at += minutes(3 * kDayMinutes + 7 * 60 + 13), ++i) {
    facts.leaves.push_back({"", on_leave[i % 5], at, at + minutes(1500 + i % 900), "", ""});
    if (i % 4 == 0)
      facts.overrides.push_back(
          {std::to_string(i), "", "first", "x", at + minutes(200), at + minutes(700), "", ""});
  }
  return facts;
}

// What the wall clock in the zone has shown at the latest by now, counted on minute by minute.
class Simulation {
 public:
  Simulation(const Tier& tier, const RosterFacts& facts) : tier_(tier), facts_(facts) {}

  std::string at(WallTime now) {
    time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    tm shown{};
    localtime_r(&seconds, &shown);
    std::int64_t wall = (seconds + shown.tm_gmtoff) / 60;
    latest_ = std::max(latest_, wall);
    advance(now);
    for (const auto* one : overriding_) return one->person;
    for (std::size_t i = tier_.layers.size(); i-- > 0;) {
      if (auto person = of_layer(tier_.layers[i]); !person.empty()) return person;
    }
    return "";
  }

 private:
  void advance(WallTime now) {
    while (next_leave_ < facts_.leaves.size() && facts_.leaves[next_leave_].from <= now)
      away_.push_back(&facts_.leaves[next_leave_++]);
    std::erase_if(away_, [&](const Leave* leave) { return leave->to <= now; });
    while (next_override_ < facts_.overrides.size() && facts_.overrides[next_override_].from <= now)
      overriding_.push_back(&facts_.overrides[next_override_++]);
    std::erase_if(overriding_, [&](const RosterOverride* one) { return one->to <= now; });
  }
  std::string of_layer(const Layer& layer) const {
    std::int64_t since =
        latest_ - std::chrono::duration_cast<minutes>(layer.start.time_since_epoch()).count();
    if (since < 0) return "";
    std::int64_t of_week = (latest_ + 3 * kDayMinutes) % kWeekMinutes;  // 1970-01-01 was a Thursday
    bool open = layer.windows.empty();
    for (const auto& window : layer.windows) {
      bool in = window.from_minute < window.to_minute
                    ? window.from_minute <= of_week && of_week < window.to_minute
                    : window.from_minute <= of_week || of_week < window.to_minute;
      open = open || in;
    }
    if (!open) return "";
    for (std::size_t i = 0; i < layer.members.size(); ++i) {
      const auto& person =
          layer.members[(static_cast<std::size_t>(since / layer.turn_minutes) + i) % layer.members.size()];
      if (std::ranges::none_of(away_, [&](const Leave* leave) { return leave->person == person; }))
        return person;
    }
    return "";
  }

  const Tier& tier_;
  const RosterFacts& facts_;
  std::int64_t latest_ = INT64_MIN;
  std::size_t next_leave_ = 0, next_override_ = 0;
  std::vector<const Leave*> away_;
  std::vector<const RosterOverride*> overriding_;
};

struct Figures {
  std::int64_t minutes = 0, shifts = 0, wrong = 0, holes = 0, overlaps = 0, nobody = 0;
};

void compare(const std::string& zone, WallTime from, WallTime to, int first_year, Figures& figures) {
  ::setenv("TZ", zone.c_str(), 1);
  ::tzset();
  auto tier = tier_of(zone, first_year);
  auto facts = facts_of(from, to);
  Simulation simulation(tier, facts);
  for (auto at = from - minutes(2 * kDayMinutes); at < from; at += minutes(1)) simulation.at(at);
  for (auto begin = from; begin < to;) {
    // In parts of uneven length, as they are asked for: each must fit to the one before.
    auto end = std::min(to, begin + minutes(97 * kDayMinutes + 311));
    auto now = begin;
    for (const auto& shift : shifts_of(tier, facts, begin, end)) {
      ++figures.shifts;
      if (shift.from > now) ++figures.holes;
      if (shift.from < now || shift.to <= shift.from) ++figures.overlaps;
      for (; now < shift.to; now += minutes(1), ++figures.minutes) {
        auto expected = simulation.at(now);
        if (expected.empty()) ++figures.nobody;
        if (expected == shift.person) continue;
        if (++figures.wrong <= 5)
          ADD_FAILURE() << zone << " " << to_rfc3339(now) << ": " << shift.person << ", not " << expected;
      }
    }
    if (now < end) ++figures.holes;
    begin = end;
  }
}

TEST(RosterBruteForce, EveryMinuteHasThePersonTheSimulationHas) {
  const char* whole = std::getenv("VEDETTE_ROSTER_BRUTE_FORCE");
  bool all = whole && std::string_view(whole) == "50x10";
  Figures figures;
  auto count = all ? std::size(kZones) : 4;
  for (std::size_t i = 0; i < count; ++i) {
    if (all) {
      compare(kZones[i], utc(2026, 1, 1), utc(2036, 1, 1), 2026, figures);
      continue;
    }
    compare(kZones[i], utc(2026, 3, 1), utc(2026, 4, 10), 2026, figures);
    compare(kZones[i], utc(2026, 10, 1), utc(2026, 11, 5), 2026, figures);
  }
  // A day that was skipped, and half an hour that came in the middle of a year.
  compare("Pacific/Apia", utc(2011, 12, 1), utc(2012, 1, 15), 2011, figures);
  compare("Asia/Pyongyang", utc(2015, 8, 1), utc(2015, 9, 1), 2015, figures);
  ::unsetenv("TZ");
  ::tzset();
  EXPECT_EQ(figures.wrong, 0);
  EXPECT_EQ(figures.holes, 0);
  EXPECT_EQ(figures.overlaps, 0);
  EXPECT_EQ(figures.nobody, 0) << "the base layer is always on duty";
  EXPECT_GT(figures.shifts, 100);
  fmt::print("{} zones: {} minutes, {} shifts, {} wrong, {} holes, {} overlaps\n", count, figures.minutes,
             figures.shifts, figures.wrong, figures.holes, figures.overlaps);
}

}  // namespace
}  // namespace vedette::desk
