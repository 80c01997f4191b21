#include "desk/escalation/policies.h"

#include <boost/json.hpp>

#include "desk/escalation/policy_json.h"
#include "desk/escalation/policy_store.h"
#include "desk/escalation/recipients.h"
#include "desk/periods/period_store.h"
#include "desk/roster/person.h"
#include "store/read_value.h"

namespace vedette::desk {

namespace json = boost::json;

Result<std::vector<EscalationPolicy>> Policies::policies() {
  return store::read_value(database_, [&](store::Session& session) { return load_policies(session); });
}

Result<EscalationPolicy> Policies::policy(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_policy(session, id); });
}

Result<std::vector<PolicyVersion>> Policies::versions(const std::string& id) {
  std::vector<PolicyVersion> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_policy(session, id));
    TRY_ASSIGN(out, load_policy_versions(session, id));
    return {};
  }));
  return out;
}

Result<EscalationPolicy> Policies::save(const EscalationPolicy& policy, const std::string& by) {
  EscalationPolicy saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    if (!policy.id.empty()) TRY(load_policy(session, policy.id));
    TRY_ASSIGN(saved, store_policy(session, clock_, policy, by));
    auto detail = policy_json(saved);
    detail["version"] = saved.version;
    return append_audit(session, clock_.wall(), by, "policy.saved", "policy/" + saved.id,
                        json::serialize(detail));
  }));
  return saved;
}

Result<void> Policies::remove(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(remove_policy_row(session, clock_, id));
    return append_audit(session, clock_.wall(), by, "policy.removed", "policy/" + id, "{}");
  });
}

Result<std::vector<SimulatedStep>> Policies::simulate(const EscalationPolicy& policy, WallTime raised_at) {
  std::vector<SimulatedStep> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto usable, usable_channels(session, Alert{}));
    TRY_ASSIGN(auto people, load_people(session));
    TRY_ASSIGN(auto heightened, heightened_at(session, raised_at));
    for (std::size_t i = 0; i < policy.steps.size(); ++i) {
      SimulatedStep one{.at = raised_at +
                              std::chrono::milliseconds(std::chrono::minutes(policy.steps[i].after_minutes)) *
                                  heightened.timer_percent / 100};
      TRY_ASSIGN(auto resolved, resolve_step(session, policy, i, usable, one.at));
      one.nobody = std::move(resolved.nobody);
      one.by_fallback = resolved.by_fallback;
      for (const auto& recipient : resolved.recipients) {
        auto person = std::ranges::find(people, recipient.person, &Person::id);
        one.messages.push_back({recipient.channel.channel.name, recipient.target,
                                person == people.end() ? std::string() : person->name});
      }
      out.push_back(std::move(one));
    }
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
