#include "desk/roster/roster_json.h"

#include <boost/json.hpp>

#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

const json::value* given(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

Result<LocalTime> time_from(const json::value& value, const std::string& field) {
  auto time = parse_local_text(std::string_view(value.as_string()));
  if (!time) return refuse(ErrorCode::kInvalid, "roster.local_time", {{"field", field}});
  return time;
}

}  // namespace

json::object layer_json(const Layer& layer) {
  json::array windows;
  for (const auto& one : layer.windows)
    windows.push_back(json::object{{"from_minute", one.from_minute}, {"to_minute", one.to_minute}});
  return {{"name", layer.name},
          {"zone", layer.zone},
          {"start", to_local_text(layer.start)},
          {"end", layer.end ? json::value(to_local_text(*layer.end)) : json::value()},
          {"turn_minutes", layer.turn_minutes},
          {"members", json::array(layer.members.begin(), layer.members.end())},
          {"windows", std::move(windows)}};
}

Result<Layer> layer_from(const json::object& object, const std::string& at) {
  Layer layer;
  if (const auto* name = given(object, "name")) layer.name = std::string(name->as_string());
  if (const auto* zone = given(object, "zone")) layer.zone = std::string(zone->as_string());
  TRY_ASSIGN(layer.start, time_from(object.at("start"), at + ".start"));
  if (const auto* end = given(object, "end")) {
    TRY_ASSIGN(layer.end, time_from(*end, at + ".end"));
  }
  layer.turn_minutes = object.at("turn_minutes").to_number<int>();
  for (const auto& one : object.at("members").as_array()) layer.members.emplace_back(one.as_string());
  if (const auto* windows = given(object, "windows")) {
    for (const auto& one : windows->as_array())
      layer.windows.push_back({one.at("from_minute").to_number<int>(), one.at("to_minute").to_number<int>()});
  }
  return layer;
}

json::array tiers_json(const Roster& roster) {
  json::array tiers;
  for (const auto& tier : roster.tiers) {
    json::array layers;
    for (const auto& layer : tier.layers) layers.push_back(layer_json(layer));
    tiers.push_back(json::object{{"id", tier.id}, {"name", tier.name}, {"layers", std::move(layers)}});
  }
  return tiers;
}

Result<std::vector<Tier>> tiers_from(const json::array& given_tiers) {
  try {
    std::vector<Tier> tiers;
    for (const auto& one : given_tiers) {
      const auto& object = one.as_object();
      Tier tier;
      tier.id = std::string(object.at("id").as_string());
      if (const auto* name = given(object, "name")) tier.name = std::string(name->as_string());
      for (const auto& layer : object.at("layers").as_array()) {
        auto at = fmt::format("tiers[{}].layers[{}]", tiers.size(), tier.layers.size());
        TRY_ASSIGN(auto next, layer_from(layer.as_object(), at));
        tier.layers.push_back(std::move(next));
      }
      tiers.push_back(std::move(tier));
    }
    return tiers;
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kInvalid, fmt::format("tiers: {}", problem.what()));
  }
}

}  // namespace vedette::desk
