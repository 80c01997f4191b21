#include "desk/escalation/policy_store.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/channel_store.h"
#include "desk/escalation/policy_json.h"
#include "desk/periods/period_store.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"
#include "desk/units/unit_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::size_t kStepsMax = 20;
constexpr std::size_t kTargetsMax = 50;
constexpr std::size_t kPoliciesMax = 100;
constexpr std::size_t kNameBytes = 120;
constexpr int kMinutesMax = 7 * 24 * 60;

constexpr std::string_view kNewest =
    "SELECT p.id, p.version, p.body FROM escalation_policies p JOIN escalation_current c "
    "ON c.id = p.id AND c.version = p.version";

Result<EscalationPolicy> policy_from_row(const store::Row& row) {
  boost::system::error_code problem;
  auto stored = json::parse(row.text(2), problem);
  if (problem || !stored.is_object())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored policy {} does not parse", row.text(0)));
  TRY_ASSIGN(auto policy, policy_from(stored.get_object()));
  policy.id = row.text(0);
  policy.version = row.integer(1);
  return policy;
}

Result<void> check_minutes(const std::string& field, int minutes) {
  if (minutes >= 0 && minutes <= kMinutesMax) return {};
  return refuse(ErrorCode::kInvalid, "field.range",
                {{"field", field}, {"least", "0"}, {"most", std::to_string(kMinutesMax)}});
}

Result<void> check_target(store::Session& session, const EscalationTarget& target, const std::string& at) {
  std::string shown = target.id.substr(0, 64);
  if (target.kind == TargetKind::kChannel && !load_channel(session, target.id))
    return refuse(ErrorCode::kInvalid, "policy.channel", {{"field", at}, {"id", shown}});
  if (target.kind == TargetKind::kPerson && !load_person(session, target.id))
    return refuse(ErrorCode::kInvalid, "policy.person", {{"field", at}, {"id", shown}});
  if (target.kind != TargetKind::kTier) return {};
  auto roster = load_roster(session, target.id);
  if (!roster) return refuse(ErrorCode::kInvalid, "policy.roster", {{"field", at}, {"id", shown}});
  if (!tier_of(*roster, target.tier))
    return refuse(ErrorCode::kInvalid, "policy.tier", {{"field", at}, {"id", target.tier.substr(0, 64)}});
  return {};
}

Result<void> check_targets(store::Session& session, const std::vector<EscalationTarget>& targets,
                           const std::string& field) {
  if (targets.size() > kTargetsMax)
    return refuse(ErrorCode::kInvalid, "field.at_most",
                  {{"field", field}, {"most", std::to_string(kTargetsMax)}});
  for (std::size_t i = 0; i < targets.size(); ++i)
    TRY(check_target(session, targets[i], fmt::format("{}[{}]", field, i)));
  return {};
}

Result<void> check_steps(store::Session& session, const EscalationPolicy& policy) {
  if (policy.steps.size() > kStepsMax)
    return refuse(ErrorCode::kInvalid, "field.at_most",
                  {{"field", "steps"}, {"most", std::to_string(kStepsMax)}});
  int before = -1;
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const auto& step = policy.steps[i];
    if ((i == 0 && step.after_minutes != 0) || step.after_minutes <= before ||
        step.after_minutes > kMinutesMax)
      return refuse(ErrorCode::kInvalid, "ladder.after", {{"step", std::to_string(i)}});
    auto field = fmt::format("steps[{}].targets", i);
    if (step.targets.empty()) return refuse(ErrorCode::kInvalid, "policy.no_target", {{"field", field}});
    TRY(check_targets(session, step.targets, field));
    before = step.after_minutes;
  }
  return {};
}

// A watch belongs to one policy: whoever is told must not depend on an order of names. A policy without any
// is for the units and watch periods that name it.
Result<void> check_watches(store::Session& session, const EscalationPolicy& policy) {
  bool is_default = policy.id == kDefaultPolicy;
  if (is_default && !policy.watches.empty()) return refuse(ErrorCode::kInvalid, "policy.watches");
  TRY_ASSIGN(auto others, load_policies(session));
  if (policy.id.empty() && others.size() >= kPoliciesMax)
    return refuse(ErrorCode::kLimit, "policy.many", {{"most", std::to_string(kPoliciesMax)}});
  for (const auto& other : others) {
    if (other.id == policy.id) continue;
    for (auto watch : policy.watches) {
      if (std::ranges::count(other.watches, watch) > 0)
        return refuse(ErrorCode::kInvalid, "policy.watch_taken",
                      {{"watch", std::string(to_string(watch))}, {"policy", other.name}});
    }
  }
  return {};
}

Result<void> insert_version(store::Session& session, const Clock& clock, EscalationPolicy& policy,
                            const std::string& by) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT MAX(version) FROM escalation_policies WHERE id = ?", {policy.id}));
  policy.version = rows[0].integer_or(0, 0) + 1;
  TRY(session.execute(
      "INSERT INTO escalation_policies(id, version, body, made_by, made_at) VALUES (?,?,?,?,?)",
      {policy.id, policy.version, json::serialize(policy_json(policy)), by, to_unix_ms(clock.wall())}));
  TRY(
      session.execute("INSERT INTO escalation_current(id, version) VALUES (?,?) "
                      "ON CONFLICT(id) DO UPDATE SET version = excluded.version",
                      {policy.id, policy.version}));
  return {};
}

}  // namespace

Result<std::vector<EscalationPolicy>> load_policies(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} ORDER BY c.id", kNewest)));
  std::vector<EscalationPolicy> policies;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto policy, policy_from_row(row));
    policies.push_back(std::move(policy));
  }
  return policies;
}

Result<EscalationPolicy> load_policy(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} WHERE c.id = ?", kNewest), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "policy.gone", {{"id", id.substr(0, 64)}});
  return policy_from_row(rows[0]);
}

Result<EscalationPolicy> load_policy_version(store::Session& session, const std::string& id,
                                             std::int64_t version) {
  TRY_ASSIGN(auto rows, session.query("SELECT id, version, body FROM escalation_policies WHERE id = ? AND "
                                      "version = ?",
                                      {id, version}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "policy.gone", {{"id", id.substr(0, 64)}});
  return policy_from_row(rows[0]);
}

Result<std::vector<PolicyVersion>> load_policy_versions(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT id, version, body, made_by, made_at FROM escalation_policies WHERE id = ? "
                           "ORDER BY version DESC LIMIT ?",
                           {id, kVersionsShown}));
  std::vector<PolicyVersion> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto policy, policy_from_row(row));
    out.push_back({std::move(policy), row.text(3), from_unix_ms(row.integer(4))});
  }
  return out;
}

Result<EscalationPolicy> policy_for(store::Session& session, Watch watch) {
  TRY_ASSIGN(auto policies, load_policies(session));
  EscalationPolicy found;
  for (auto& policy : policies) {
    if (std::ranges::count(policy.watches, watch) > 0) return std::move(policy);
    if (policy.id == kDefaultPolicy) found = std::move(policy);
  }
  return found;
}

Result<EscalationPolicy> store_policy(store::Session& session, const Clock& clock, EscalationPolicy policy,
                                      const std::string& by) {
  if (policy.name.empty() || policy.name.size() > kNameBytes)
    return refuse(ErrorCode::kInvalid, "field.bytes",
                  {{"field", "name"}, {"most", std::to_string(kNameBytes)}});
  TRY(check_minutes("repeat_last_minutes", policy.repeat_last_minutes));
  TRY(check_minutes("acknowledge_minutes", policy.acknowledge_minutes));
  TRY(check_steps(session, policy));
  TRY(check_targets(session, policy.fallback, "fallback"));
  TRY(check_watches(session, policy));
  if (policy.id.empty()) policy.id = new_id(clock);
  TRY(insert_version(session, clock, policy, by));
  return policy;
}

Result<void> remove_policy_row(store::Session& session, const Clock& clock, const std::string& id) {
  if (id == kDefaultPolicy) return refuse(ErrorCode::kConflict, "policy.default");
  TRY(load_policy(session, id));
  TRY_ASSIGN(auto periods, load_periods(session, clock.wall()));
  for (const auto& one : periods) {
    if (one.policy_id == id) return refuse(ErrorCode::kConflict, "policy.period", {{"period", one.name}});
  }
  TRY_ASSIGN(auto unit, unit_with_policy(session, id));
  if (!unit.empty()) return refuse(ErrorCode::kConflict, "policy.unit", {{"unit", unit}});
  TRY(session.execute("DELETE FROM escalation_current WHERE id = ?", {id}));
  return {};
}

Result<void> forget_channel(store::Session& session, const Clock& clock, const std::string& channel_id,
                            const std::string& by) {
  EscalationTarget gone{TargetKind::kChannel, channel_id, ""};
  TRY_ASSIGN(auto policies, load_policies(session));
  for (auto& policy : policies) {
    auto count = std::erase(policy.fallback, gone);
    for (auto& step : policy.steps) count += std::erase(step.targets, gone);
    if (count == 0) continue;
    std::erase_if(policy.steps, [](const EscalationStep& step) { return step.targets.empty(); });
    if (!policy.steps.empty()) policy.steps.front().after_minutes = 0;
    TRY(insert_version(session, clock, policy, by));
  }
  return {};
}

}  // namespace vedette::desk
