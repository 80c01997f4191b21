// Groups of hosts and their policies.
#include <boost/json.hpp>

#include "model/refusal.h"
#include "server/hosts/host_rows.h"

namespace vedette::server {
namespace {
constexpr std::size_t kGroupsMax = 1'000;
}

Result<void> Hosts::ensure_group(store::Session& session, const std::string& group) const {
  TRY_ASSIGN(auto known, session.query("SELECT 1 FROM host_groups WHERE name = ?", {group}));
  if (!known.empty()) return {};
  TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM host_groups"));
  if (count[0].integer(0) >= static_cast<std::int64_t>(kGroupsMax))
    return refuse(ErrorCode::kConflict, "host.groups", {{"most", std::to_string(kGroupsMax)}});
  Policy policy;
  policy.group = group;
  TRY(session.execute("INSERT INTO host_groups (name, policy) VALUES (?, ?)", {group, policy_json(policy)}));
  return {};
}

Result<std::vector<Hosts::Group>> Hosts::groups() {
  std::vector<Group> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT g.name, g.policy, (SELECT COUNT(*) FROM hosts h WHERE "
                                        "h.group_name = g.name AND h.revoked_at IS NULL) FROM host_groups g "
                                        "ORDER BY g.name"));
    for (const auto& row : rows) out.push_back({policy_from(row.text(0), row.text(1)), row.integer(2)});
    return {};
  }));
  return out;
}

Result<Hosts::Group> Hosts::save_group(const Policy& policy, const std::string& by) {
  TRY(check_policy(policy));
  Group out{policy, 0};
  std::vector<std::string> touched;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(ensure_group(session, policy.group));
    TRY(session.execute("UPDATE host_groups SET policy = ? WHERE name = ?",
                        {policy_json(policy), policy.group}));
    TRY(session.execute("UPDATE hosts SET policy_version = policy_version + 1 WHERE group_name = ?",
                        {policy.group}));
    TRY_ASSIGN(auto rows, session.query("SELECT id FROM hosts WHERE group_name = ? AND revoked_at IS NULL",
                                        {policy.group}));
    touched.clear();
    for (const auto& row : rows) touched.push_back(row.text(0));
    out.hosts = static_cast<std::int64_t>(rows.size());
    return desk::append_audit(session, clock_.wall(), by, "group.policy", "group/" + policy.group,
                              policy_json(policy));
  }));
  for (const auto& id : touched) news_.tell(HostNews::What::kHost, id);
  return out;
}

}  // namespace vedette::server
