// Roster: who is on duty when. Pure values; shifts.h computes from them, roster_store.h keeps them.
//
// A roster has tiers (first to be called, second, lead…). A tier has layers, later ones over earlier ones; a
// layer is a rotation: its members take turns of equal length from a first handoff on, at the wall time of
// its zone. Over all layers stand overrides; swaps put one person in another's place; who is on leave is
// skipped.
//
// Handoffs follow the wall clock: "07:00 every Monday" stays 07:00 when summer time comes, and a turn is then
// an hour shorter or longer. A handoff at a time that is skipped or comes twice: base/zone.h.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/zone.h"

namespace vedette::desk {

inline constexpr int kDayMinutes = 24 * 60;
inline constexpr int kWeekMinutes = 7 * kDayMinutes;

// A part of the local week, in minutes from Monday 00:00; `to` before `from` goes over the week's end.
struct WeekWindow {
  int from_minute = 0, to_minute = 0;
  bool operator==(const WeekWindow&) const = default;
};

struct Layer {
  std::string name = {};
  std::string zone = "Asia/Ho_Chi_Minh";
  LocalTime start{};                      // the first handoff: the first member begins
  std::optional<LocalTime> end = {};      // nobody of this layer from then on
  int turn_minutes = kWeekMinutes;        // a day, a week, or any length of its own
  std::vector<std::string> members = {};  // person ids; one may stand several times
  std::vector<WeekWindow> windows = {};   // on duty only then; none: always
  bool operator==(const Layer&) const = default;
};

struct Tier {
  std::string id = {};  // "first", "second": what escalation steps name
  std::string name = {};
  std::vector<Layer> layers = {};
  bool operator==(const Tier&) const = default;
};

struct Roster {
  std::string id = {}, name = {};
  std::int64_t revision = 0;  // grows with every change; a change names the one it was made from
  std::vector<Tier> tiers = {};
  bool operator==(const Roster&) const = default;
};

struct RosterOverride {
  std::string id = {}, roster_id = {}, tier = {}, person = {};
  WallTime from{}, to{};
  std::string by = {}, note = {};
};

enum class SwapState { kProposed, kAccepted, kDeclined, kWithdrawn };
std::string_view to_string(SwapState state);  // "proposed", "accepted", "declined", "withdrawn"
std::optional<SwapState> swap_state_from(std::string_view text);
// `giver` asks `taker` to take what giver has on duty in this tier and time. With `back_*` taker's duty there
// goes to giver. Holds only when taker has accepted.
struct RosterSwap {
  std::string id = {}, roster_id = {}, tier = {}, giver = {}, taker = {};
  WallTime from{}, to{};
  std::optional<WallTime> back_from = {}, back_to = {};
  SwapState state = SwapState::kProposed;
  std::string proposed_by = {}, answered_by = {};
  std::optional<WallTime> answered_at = {};
};

struct Leave {
  std::string id = {}, person = {};
  WallTime from{}, to{};
  std::string reason = {}, by = {};
};

struct RosterLimits {
  static constexpr std::size_t kTiers = 8, kLayers = 16, kMembers = 100, kWindows = 50;
  static constexpr int kTurnMinutesLeast = 15, kTurnMinutesMost = 366 * kDayMinutes;
  static constexpr std::size_t kNameBytes = 120;
  static constexpr std::chrono::hours kComputed = std::chrono::hours(24 * 400);  // of one request for shifts
};

// Far from the ends of what the calendar and the zones' data know.
bool in_reach(LocalTime time);
// kInvalid names the field, which begins with `at`.
Result<void> check_layer(const Layer& layer, const std::string& at, const std::set<std::string>& people);
// kInvalid names the field: "tiers[0].layers[1].zone". `people` are the ids there are.
Result<void> check_roster(const Roster& roster, const std::set<std::string>& people);

}  // namespace vedette::desk
