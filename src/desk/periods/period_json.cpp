#include "desk/periods/period_json.h"

#include <boost/json.hpp>

#include "desk/roster/roster_json.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

json::object period_tier_json(const PeriodTier& tier) {
  json::array beside;
  for (const auto& layer : tier.beside) beside.push_back(layer_json(layer));
  return {{"roster_id", tier.roster_id},
          {"tier", tier.tier},
          {"people", tier.people},
          {"beside", std::move(beside)}};
}

Result<PeriodTier> period_tier_from(const json::object& object, const std::string& at) {
  PeriodTier tier{.roster_id = std::string(object.at("roster_id").as_string()),
                  .tier = std::string(object.at("tier").as_string()),
                  .people = object.at("people").to_number<int>()};
  for (const auto& one : object.at("beside").as_array()) {
    TRY_ASSIGN(auto layer, layer_from(one.as_object(), fmt::format("{}.beside[{}]", at, tier.beside.size())));
    tier.beside.push_back(std::move(layer));
  }
  return tier;
}

json::value time_or_none(const std::optional<LocalTime>& time) {
  return time ? json::value(to_local_text(*time)) : json::value();
}

Result<LocalTime> period_time(const json::object& object, std::string_view field) {
  auto time = parse_local_text(std::string_view(object.at(field).as_string()));
  if (!time) return refuse(ErrorCode::kInvalid, "roster.local_time", {{"field", std::string(field)}});
  return time;
}

}  // namespace

json::object period_json(const WatchPeriod& period) {
  json::array tiers;
  for (const auto& one : period.tiers) tiers.push_back(period_tier_json(one));
  return {{"name", period.name},
          {"zone", period.zone},
          {"from", to_local_text(period.from)},
          {"to", to_local_text(period.to)},
          {"timer_percent", period.timer_percent},
          {"policy_id", period.policy_id.empty() ? json::value() : json::value(period.policy_id)},
          {"tiers", std::move(tiers)},
          {"freeze_from", time_or_none(period.freeze_from)},
          {"freeze_to", time_or_none(period.freeze_to)}};
}

Result<WatchPeriod> period_from(const json::object& object) {
  try {
    WatchPeriod period{.name = std::string(object.at("name").as_string()),
                       .zone = std::string(object.at("zone").as_string()),
                       .timer_percent = object.at("timer_percent").to_number<int>()};
    TRY_ASSIGN(period.from, period_time(object, "from"));
    TRY_ASSIGN(period.to, period_time(object, "to"));
    if (const auto* policy = object.if_contains("policy_id"); policy && policy->is_string())
      period.policy_id = std::string(policy->get_string());
    for (auto [field, time] :
         {std::pair("freeze_from", &period.freeze_from), std::pair("freeze_to", &period.freeze_to)}) {
      const auto* given_time = object.if_contains(field);
      if (!given_time || given_time->is_null()) continue;
      TRY_ASSIGN(*time, period_time(object, field));
    }
    for (const auto& one : object.at("tiers").as_array()) {
      TRY_ASSIGN(auto tier, period_tier_from(one.as_object(), fmt::format("tiers[{}]", period.tiers.size())));
      period.tiers.push_back(std::move(tier));
    }
    return period;
  } catch (const std::exception& problem) {  // of the JSON library alone
    return fail(ErrorCode::kInvalid, fmt::format("the watch period does not parse: {}", problem.what()));
  }
}

}  // namespace vedette::desk
