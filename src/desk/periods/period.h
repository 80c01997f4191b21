// WatchPeriod: an announced stretch of heightened duty (Tết, a national day, an election). Plain values.
//
// While one runs, alerts that are raised climb their policy faster or by another policy, and tiers it names
// have more than one person on duty: the roster's own and one of each rotation that the period brings.
// Begin and end are wall times of its zone (base/zone.h says what a skipped or doubled one means).
#pragma once

#include "desk/roster/roster.h"

namespace vedette::desk {

// A tier that is to have `people` on duty at every moment. Each of `beside` brings one more, by turns.
struct PeriodTier {
  std::string roster_id = {}, tier = {};
  int people = 2;
  std::vector<Layer> beside = {};
  bool operator==(const PeriodTier&) const = default;
};

struct WatchPeriod {
  std::string id = {}, name = {};
  std::int64_t revision = 0;  // grows with every change; a change names the one it was made from
  std::string zone = "Asia/Ho_Chi_Minh";
  LocalTime from{}, to{};
  int timer_percent = 50;      // of the policy's minutes
  std::string policy_id = {};  // for every alert instead of its watch's own; empty: its own
  std::vector<PeriodTier> tiers = {};
  // Within the period; changes need a reason then. Both or neither.
  std::optional<LocalTime> freeze_from = {}, freeze_to = {};
  // Moments; set when it is stored.
  WallTime begins{}, ends{};
  std::string ended_by = {};  // before its time; `ends` is then when
  bool operator==(const WatchPeriod&) const = default;
};

enum class PeriodState { kAnnounced, kRunning, kOver };
std::string_view to_string(PeriodState state);  // "announced", "running", "over"
PeriodState state_of(const WatchPeriod& period, WallTime now);
bool is_frozen(const WatchPeriod& period, WallTime now);  // the period runs, and its change freeze does

struct PeriodLimits {
  static constexpr int kPercentLeast = 10, kPercentMost = 100;
  static constexpr int kPeopleLeast = 1, kPeopleMost = 8;
  static constexpr std::size_t kTiers = 40;
  static constexpr std::chrono::hours kLongest = std::chrono::hours(24 * 92);
  static constexpr std::size_t kGapsShown = 1'000;
  static constexpr std::size_t kReasonBytes = 1'000;
  static constexpr std::int64_t kExceptionsShown = 500;
};

// kInvalid names the field: "tiers[0].beside[1].zone". `people` are the ids there are, `rosters` all.
Result<void> check_period(const WatchPeriod& period, const std::vector<Roster>& rosters,
                          const std::set<std::string>& people);

}  // namespace vedette::desk
