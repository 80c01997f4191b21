// Brings a database to this program's tables, forward only. Kept in schema_migrations: component, version,
// name, checksum (SHA-256 of the SQL), applied_at. Called by the opening thread before anybody else has the
// database.
#pragma once

#include <span>

#include "store/sqlite_connection.h"

namespace vedette::store {

// "Vedt": tells our files from other SQLite databases (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x56656474;

// kUnsupported: a newer program has written this database, or a step that was applied reads differently now.
// Each step is one transaction: after a crash the next start goes on with the step that was not finished.
// An empty list applies and checks nothing (tools that only read what is there).
Result<void> migrate(SqliteConnection& connection, std::span<const Migration> migrations, const Clock& clock);

}  // namespace vedette::store
