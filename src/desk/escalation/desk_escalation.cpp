// DeskCore: the audit of the escalation.
#include "desk/desk_core.h"
#include "desk/escalation/auditor.h"

namespace vedette::desk {

Result<std::int64_t> DeskCore::audit_escalation() {
  Missed missed;
  bool open = false;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(missed, missed_steps(session, due_.now_ms()));
    TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM alerts WHERE kind = ? AND state <> 'closed' AND "
                                        "condition_resolved = 0",
                                        {std::string(kEscalationMissed)}));
    open = !rows.empty();
    return {};
  }));
  metrics_.gauge("vedette_desk_escalation_missed", "Steps and contacts that were due and not tried")
      .set(static_cast<double>(missed.all()));
  if ((missed.all() > 0) != open) TRY(report({missed_finding(*context_, missed)}));
  return missed.all();
}

}  // namespace vedette::desk
