// FaultVfs: SQLite's disk as power failures leave it. What was written and not synced is in this process's
// memory, some of it on the disk already and in any order; the rest is lost with the process. And it can be
// full.
//
// Registered as the default VFS of the process, over the real one, for database and write-ahead log.
#pragma once

#include "fault_world.h"

namespace vedette::crash {

void register_fault_vfs(const FaultWorld& world);

}  // namespace vedette::crash
