// DueAnchor: the desk's time, kept in the store together with the machine's steady clock at that moment and
// the boot it counts from. A process that starts again during the same boot knows by it how long nothing ran,
// whatever the wall clock was set to meanwhile. After a reboot only the wall clock can tell.
#pragma once

#include "desk/context.h"

namespace vedette::desk {

// Called in every transaction that writes a due time. One row.
Result<void> keep_due(store::Session& session, const DeskContext& desk);
// The desk's time has come to this at least; nothing before the first start.
Result<std::optional<std::int64_t>> kept_due_ms(store::Session& session, const Clock& clock);

}  // namespace vedette::desk
