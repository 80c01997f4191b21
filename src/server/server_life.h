// Until when a server ran on a database: written every few seconds, which also shows that the store takes
// writes. Any thread; blocks for a read or a commit.
#pragma once

#include <optional>

#include "base/clock.h"
#include "store/database.h"

namespace vedette::server {

Result<void> note_life(store::Database& database, WallTime now);
Result<std::optional<WallTime>> last_life(store::Database& database);  // nothing: none has run yet

}  // namespace vedette::server
