#include "server/server_life.h"

namespace vedette::server {

Result<void> note_life(store::Database& database, WallTime now) {
  return database.write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM server_life"));
    TRY(session.execute("INSERT INTO server_life (seen_at) VALUES (?)", {to_unix_ms(now)}));
    return {};
  });
}

Result<std::optional<WallTime>> last_life(store::Database& database) {
  std::optional<WallTime> out;
  TRY(database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT MAX(seen_at) FROM server_life"));
    if (!rows.empty() && !rows[0].is_null(0)) out = from_unix_ms(rows[0].integer(0));
    return {};
  }));
  return out;
}

}  // namespace vedette::server
