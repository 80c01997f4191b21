// The users table's columns and how a row becomes a User. Internal to the folder.
#pragma once

#include "server/accounts/role.h"
#include "store/database.h"

namespace vedette::server {

inline constexpr std::string_view kUserColumns =
    "u.id, u.username, u.display_name, u.role, u.language, u.disabled, u.created_at, "
    "u.last_sign_in_at, EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id), u.password_hash <> "
    "'', "
    "COALESCE((SELECT MIN(i.source) FROM identities i WHERE i.user_id = u.id), ''), u.break_glass";
inline constexpr std::size_t kUserColumnCount = 12;

inline std::optional<std::int64_t> optional_integer(const store::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional<std::int64_t>(row.integer(column));
}
inline User user_from(const store::Row& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          role_from(row.text(3)).value_or(Role::kViewer),
          language_from(row.text(4)),
          row.integer(5) != 0,
          row.integer(6),
          optional_integer(row, 7),
          row.integer(8) != 0,
          row.integer(9) != 0,
          row.text(10),
          row.integer(11) != 0};
}
inline std::string sql_users(std::string_view rest) {
  return "SELECT " + std::string(kUserColumns) + " FROM users u " + std::string(rest);
}

// Adds the user inside the caller's transaction, with its audit row. kConflict: the name is taken.
Result<void> insert_user(store::Session& session, const User& user, const std::string& password_hash,
                         const std::string& by);
// kConflict: there is no administrator left who may sign in.
Result<void> keep_an_admin(store::Session& session);
// Factor, offer and recovery codes, inside the caller's transaction.
Result<void> forget_second_factor(store::Session& session, const std::string& user_id);
// One JSON object of text values, for audit rows.
std::string audit_detail(std::initializer_list<std::pair<std::string_view, std::string>> fields);
// Trims, lowers ASCII letters and checks a user name.
Result<std::string> clean_username(std::string_view text);

}  // namespace vedette::server
