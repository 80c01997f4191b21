#include "desk/periods/period.h"

#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kPeriodStates[] = {"announced", "running", "over"};

std::unexpected<Error> refuse_field(const std::string& field, const std::string& key,
                                    std::map<std::string, std::string> arguments = {}) {
  arguments["field"] = field;
  return refuse(ErrorCode::kInvalid, key, std::move(arguments));
}

Result<void> check_between(const std::string& field, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return refuse_field(field, "field.range",
                      {{"least", std::to_string(least)}, {"most", std::to_string(most)}});
}

Result<void> check_tier(const PeriodTier& one, const std::string& at, const std::vector<Roster>& rosters,
                        const std::set<std::string>& people) {
  auto roster = std::ranges::find(rosters, one.roster_id, &Roster::id);
  if (roster == rosters.end())
    return refuse_field(at + ".roster_id", "period.roster", {{"id", one.roster_id.substr(0, 64)}});
  if (std::ranges::find(roster->tiers, one.tier, &Tier::id) == roster->tiers.end())
    return refuse_field(at + ".tier", "period.tier", {{"id", one.tier.substr(0, 64)}});
  TRY(check_between(at + ".people", one.people, PeriodLimits::kPeopleLeast, PeriodLimits::kPeopleMost));
  if (one.beside.size() >= static_cast<std::size_t>(PeriodLimits::kPeopleMost))
    return refuse_field(at + ".beside", "field.at_most",
                        {{"most", std::to_string(PeriodLimits::kPeopleMost - 1)}});
  for (std::size_t i = 0; i < one.beside.size(); ++i)
    TRY(check_layer(one.beside[i], fmt::format("{}.beside[{}]", at, i), people));
  return {};
}

}  // namespace

std::string_view to_string(PeriodState state) { return kPeriodStates[static_cast<std::size_t>(state)]; }

PeriodState state_of(const WatchPeriod& period, WallTime now) {
  if (now < period.begins) return PeriodState::kAnnounced;
  return now < period.ends ? PeriodState::kRunning : PeriodState::kOver;
}

bool is_frozen(const WatchPeriod& period, WallTime now) {
  if (!period.freeze_from || !period.freeze_to || state_of(period, now) != PeriodState::kRunning)
    return false;
  auto zone = Zone::find(period.zone);
  // A zone that is gone from the machine: rather a reason too many.
  return !zone || (now >= zone->first_at(*period.freeze_from) && now < zone->first_at(*period.freeze_to));
}

Result<void> check_period(const WatchPeriod& period, const std::vector<Roster>& rosters,
                          const std::set<std::string>& people) {
  if (period.name.empty() || period.name.size() > RosterLimits::kNameBytes)
    return refuse_field("name", "field.bytes", {{"most", std::to_string(RosterLimits::kNameBytes)}});
  if (!Zone::find(period.zone))
    return refuse_field("zone", "roster.zone", {{"zone", period.zone.substr(0, 64)}});
  if (!in_reach(period.from)) return refuse_field("from", "roster.reach");
  if (!in_reach(period.to)) return refuse_field("to", "roster.reach");
  if (period.to <= period.from || period.to - period.from > PeriodLimits::kLongest)
    return refuse_field("to", "period.length",
                        {{"days", std::to_string(PeriodLimits::kLongest.count() / 24)}});
  if (period.freeze_from.has_value() != period.freeze_to.has_value() ||
      (period.freeze_from && (*period.freeze_from < period.from || *period.freeze_to > period.to ||
                              *period.freeze_from >= *period.freeze_to)))
    return refuse_field("freeze_to", "period.freeze");
  TRY(check_between("timer_percent", period.timer_percent, PeriodLimits::kPercentLeast,
                    PeriodLimits::kPercentMost));
  if (period.tiers.size() > PeriodLimits::kTiers)
    return refuse_field("tiers", "field.at_most", {{"most", std::to_string(PeriodLimits::kTiers)}});
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < period.tiers.size(); ++i) {
    const auto& one = period.tiers[i];
    auto at = fmt::format("tiers[{}]", i);
    TRY(check_tier(one, at, rosters, people));
    if (!seen.emplace(one.roster_id, one.tier).second)
      return refuse_field(at + ".tier", "roster.tier_twice", {{"id", one.tier}});
  }
  return {};
}

}  // namespace vedette::desk
