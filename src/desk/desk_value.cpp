#include "desk/context.h"

namespace vedette::desk {

Result<std::optional<std::string>> desk_value(store::Session& session, const std::string& name) {
  TRY_ASSIGN(auto rows, session.query("SELECT value FROM desk_state WHERE name = ?", {name}));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

Result<void> set_desk_value(store::Session& session, const std::string& name, const std::string& value) {
  TRY(session.execute(
      "INSERT INTO desk_state(name, value) VALUES (?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value",
      {name, value}));
  return {};
}

}  // namespace vedette::desk
