#include "desk/escalation/unresolvable.h"

#include "desk/escalation/policy_store.h"
#include "desk/escalation/recipients.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

std::string key_of(const std::string& policy_id) {
  return fmt::format("desk/escalation/{}/unresolvable", policy_id);
}

// A policy that was removed calls nobody for new alerts.
Result<bool> reaches_somebody(store::Session& session, const std::string& policy_id, WallTime at) {
  auto policy = load_policy(session, policy_id);
  if (!policy && policy.error().code() == ErrorCode::kNotFound) return true;
  if (!policy) return std::unexpected(std::move(policy).error());
  TRY_ASSIGN(auto usable, usable_channels(session, {}));
  for (const auto& step : policy->steps) {
    TRY_ASSIGN(auto resolved, resolve(session, step.targets, usable, at));
    if (!resolved.nobody.empty()) return false;
  }
  return true;
}

}  // namespace

Finding unresolvable_finding(const DeskContext& desk, const EscalationPolicy& policy, std::size_t step,
                             const std::string& nobody) {
  std::map<std::string, std::string> arguments = {
      {"policy", policy.name}, {"step", std::to_string(step + 1)}, {"nobody", nobody}};
  auto finding = own_finding(desk.clock, kUnresolvable);
  finding.severity = Severity::kHigh;
  finding.asset = {"policy", policy.id, policy.name};
  finding.title = {"desk.escalation_unresolvable.title", arguments};
  finding.reason = {"desk.escalation_unresolvable.reason", arguments};
  finding.next_step = {"desk.escalation_unresolvable.next_step", arguments};
  finding.dedup_key = key_of(policy.id);
  return finding;
}

Result<std::vector<Finding>> resolvable_again(store::Session& session, const DeskContext& desk) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT asset_id, asset_name FROM alerts WHERE kind = ? AND state <> 'closed' "
                           "AND condition_resolved = 0",
                           {std::string(kUnresolvable)}));
  std::vector<Finding> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(bool again, reaches_somebody(session, row.text(0), desk.clock.wall()));
    if (!again) continue;
    auto finding = own_finding(desk.clock, kUnresolvable);
    finding.state = FindingState::kResolved;
    finding.severity = Severity::kHigh;
    finding.asset = {"policy", row.text(0), row.text(1)};
    std::map<std::string, std::string> arguments = {{"policy", row.text(1)}};
    finding.title = {"desk.escalation_unresolvable.resolved", arguments};
    finding.reason = {"desk.escalation_unresolvable.resolved", arguments};
    finding.dedup_key = key_of(row.text(0));
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace vedette::desk
