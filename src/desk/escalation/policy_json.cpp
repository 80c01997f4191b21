#include "desk/escalation/policy_json.h"

#include <boost/json.hpp>

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::string_view kKinds[] = {"channel", "person", "tier"};

json::array targets_json(const std::vector<EscalationTarget>& targets) {
  json::array out;
  for (const auto& one : targets)
    out.push_back(json::object{{"kind", to_string(one.kind)}, {"id", one.id}, {"tier", one.tier}});
  return out;
}

std::vector<EscalationTarget> targets_from(const json::value* given) {
  std::vector<EscalationTarget> out;
  if (!given || given->is_null()) return out;
  for (const auto& one : given->as_array()) {
    const auto& object = one.as_object();
    EscalationTarget target;
    auto kind = std::ranges::find(kKinds, std::string_view(object.at("kind").as_string()));
    if (kind == std::end(kKinds)) throw std::runtime_error("a target of no kind");
    target.kind = static_cast<TargetKind>(kind - std::begin(kKinds));
    target.id = std::string(object.at("id").as_string());
    if (const auto* tier = object.if_contains("tier"); tier && tier->is_string())
      target.tier = std::string(tier->get_string());
    out.push_back(std::move(target));
  }
  return out;
}

int whole(const json::object& object, std::string_view name, int otherwise) {
  const auto* value = object.if_contains(name);
  return value && !value->is_null() ? value->to_number<int>() : otherwise;
}

}  // namespace

std::string_view to_string(TargetKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

json::object policy_json(const EscalationPolicy& policy) {
  json::array steps, watches;
  for (const auto& step : policy.steps)
    steps.push_back(
        json::object{{"after_minutes", step.after_minutes}, {"targets", targets_json(step.targets)}});
  for (auto watch : policy.watches) watches.emplace_back(to_string(watch));
  return {{"name", policy.name},
          {"steps", std::move(steps)},
          {"repeat_last_minutes", policy.repeat_last_minutes},
          {"least", to_string(policy.least)},
          {"fallback", targets_json(policy.fallback)},
          {"acknowledge_minutes", policy.acknowledge_minutes},
          {"watches", std::move(watches)}};
}

Result<EscalationPolicy> policy_from(const json::object& object) {
  try {
    EscalationPolicy policy;
    policy.name = std::string(object.at("name").as_string());
    for (const auto& step : object.at("steps").as_array())
      policy.steps.push_back(
          {step.at("after_minutes").to_number<int>(), targets_from(step.as_object().if_contains("targets"))});
    policy.repeat_last_minutes = whole(object, "repeat_last_minutes", 15);
    policy.acknowledge_minutes = whole(object, "acknowledge_minutes", 0);
    if (const auto* least = object.if_contains("least"); least && !least->is_null())
      policy.least = severity_from(std::string_view(least->as_string())).value_or(Severity::kHigh);
    policy.fallback = targets_from(object.if_contains("fallback"));
    if (const auto* watches = object.if_contains("watches"); watches && !watches->is_null()) {
      for (const auto& one : watches->as_array()) {
        auto watch = watch_from(std::string_view(one.as_string()));
        if (!watch) throw std::runtime_error("a watch that is unknown");
        policy.watches.push_back(*watch);
      }
    }
    return policy;
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kCorrupt, fmt::format("the policy is damaged: {}", problem.what()));
  }
}

}  // namespace vedette::desk
