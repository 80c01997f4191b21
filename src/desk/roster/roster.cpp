#include "desk/roster/roster.h"

#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kSwapStates[] = {"proposed", "accepted", "declined", "withdrawn"};

std::unexpected<Error> wrong(const std::string& field, const std::string& key,
                             std::map<std::string, std::string> arguments = {}) {
  arguments["field"] = field;
  return refuse(ErrorCode::kInvalid, key, std::move(arguments));
}

Result<void> check_range(const std::string& field, std::int64_t value, std::int64_t least,
                         std::int64_t most) {
  if (value >= least && value <= most) return {};
  return wrong(field, "field.range", {{"least", std::to_string(least)}, {"most", std::to_string(most)}});
}

Result<void> check_count(const std::string& field, std::size_t count, std::size_t most) {
  if (count <= most) return {};
  return wrong(field, "field.at_most", {{"most", std::to_string(most)}});
}

bool is_tier_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

bool in_reach(LocalTime time) {
  using namespace std::chrono;
  return time >= LocalTime(local_days(year(1990) / 1 / 1)) &&
         time < LocalTime(local_days(year(2037) / 1 / 1));
}

Result<void> check_layer(const Layer& layer, const std::string& at, const std::set<std::string>& people) {
  TRY(check_count(at + ".name", layer.name.size(), RosterLimits::kNameBytes));
  if (!Zone::find(layer.zone))
    return wrong(at + ".zone", "roster.zone", {{"zone", layer.zone.substr(0, 64)}});
  if (!in_reach(layer.start)) return wrong(at + ".start", "roster.reach");
  if (layer.end && !in_reach(*layer.end)) return wrong(at + ".end", "roster.reach");
  if (layer.end && *layer.end <= layer.start) return wrong(at + ".end", "roster.end");
  TRY(check_range(at + ".turn_minutes", layer.turn_minutes, RosterLimits::kTurnMinutesLeast,
                  RosterLimits::kTurnMinutesMost));
  if (layer.members.empty()) return wrong(at + ".members", "roster.members");
  TRY(check_count(at + ".members", layer.members.size(), RosterLimits::kMembers));
  for (std::size_t i = 0; i < layer.members.size(); ++i) {
    if (!people.contains(layer.members[i]))
      return wrong(fmt::format("{}.members[{}]", at, i), "roster.person",
                   {{"id", layer.members[i].substr(0, 64)}});
  }
  TRY(check_count(at + ".windows", layer.windows.size(), RosterLimits::kWindows));
  for (std::size_t i = 0; i < layer.windows.size(); ++i) {
    auto window = fmt::format("{}.windows[{}]", at, i);
    TRY(check_range(window + ".from_minute", layer.windows[i].from_minute, 0, kWeekMinutes - 1));
    TRY(check_range(window + ".to_minute", layer.windows[i].to_minute, 0, kWeekMinutes));
    if (layer.windows[i].from_minute == layer.windows[i].to_minute) return wrong(window, "roster.window");
  }
  return {};
}

std::string_view to_string(SwapState state) { return kSwapStates[static_cast<std::size_t>(state)]; }
std::optional<SwapState> swap_state_from(std::string_view text) {
  for (std::size_t i = 0; i < std::size(kSwapStates); ++i) {
    if (kSwapStates[i] == text) return static_cast<SwapState>(i);
  }
  return std::nullopt;
}

Result<void> check_roster(const Roster& roster, const std::set<std::string>& people) {
  if (roster.name.empty() || roster.name.size() > RosterLimits::kNameBytes)
    return wrong("name", "roster.name");
  if (roster.tiers.empty()) return wrong("tiers", "roster.tiers");
  TRY(check_count("tiers", roster.tiers.size(), RosterLimits::kTiers));
  std::set<std::string> ids;
  for (std::size_t i = 0; i < roster.tiers.size(); ++i) {
    const auto& tier = roster.tiers[i];
    auto at = fmt::format("tiers[{}]", i);
    if (!is_tier_id(tier.id)) return wrong(at + ".id", "roster.tier_id");
    if (!ids.insert(tier.id).second) return wrong(at + ".id", "roster.tier_twice", {{"id", tier.id}});
    TRY(check_count(at + ".name", tier.name.size(), RosterLimits::kNameBytes));
    TRY(check_count(at + ".layers", tier.layers.size(), RosterLimits::kLayers));
    for (std::size_t k = 0; k < tier.layers.size(); ++k)
      TRY(check_layer(tier.layers[k], fmt::format("{}.layers[{}]", at, k), people));
  }
  return {};
}

}  // namespace vedette::desk
