// Escalation policies as rows: every version there ever was, and which is the newest.
#pragma once

#include "desk/escalation/policy.h"
#include "store/database.h"

namespace vedette::desk {

// Inside the caller's transaction or snapshot.
Result<std::vector<EscalationPolicy>> load_policies(store::Session& session);          // the newest of each
Result<EscalationPolicy> load_policy(store::Session& session, const std::string& id);  // kNotFound
Result<EscalationPolicy> load_policy_version(store::Session& session, const std::string& id,
                                             std::int64_t version);
// Newest first, at most kVersionsShown.
Result<std::vector<PolicyVersion>> load_policy_versions(store::Session& session, const std::string& id);
Result<EscalationPolicy> policy_for(store::Session& session, Watch watch);
// Adds a version; an empty id makes a new policy. kInvalid names the field.
Result<EscalationPolicy> store_policy(store::Session& session, const Clock& clock, EscalationPolicy policy,
                                      const std::string& by);
// kConflict: "default" stays, and what a unit or a watch period that is not over names.
Result<void> remove_policy_row(store::Session& session, const Clock& clock, const std::string& id);
// The channel goes out of every policy that names it, as a new version of each.
Result<void> forget_channel(store::Session& session, const Clock& clock, const std::string& channel_id,
                            const std::string& by);

}  // namespace vedette::desk
