// DeskCore: the audit of the escalation.
#include "desk/desk_core.h"
#include "desk/escalation/auditor.h"
#include "desk/escalation/unresolvable.h"

namespace vedette::desk {

Result<std::int64_t> DeskCore::audit_escalation() {
  Missed missed;
  bool open = false;
  std::vector<Finding> over;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(missed, missed_steps(session, due_.now_ms()));
    TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM alerts WHERE kind = ? AND state <> 'closed' AND "
                                        "condition_resolved = 0",
                                        {std::string(kEscalationMissed)}));
    open = !rows.empty();
    TRY_ASSIGN(over, resolvable_again(session, *context_));
    return {};
  }));
  metrics_.gauge("vedette_desk_escalation_missed", "Steps and contacts that were due and not tried")
      .set(static_cast<double>(missed.all()));
  if ((missed.all() > 0) != open) over.push_back(missed_finding(*context_, missed));
  if (!over.empty()) TRY(report(over));
  return missed.all();
}

}  // namespace vedette::desk
