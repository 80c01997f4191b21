#include "server/accounts/accounts.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/password.h"
#include "server/accounts/user_rows.h"
#include "store/read_value.h"

namespace vedette::server {
namespace {

Result<User> find_user(store::Session& session, const std::string& id_or_name) {
  TRY_ASSIGN(auto rows,
             session.query(sql_users("WHERE u.id = ? OR u.username = ?"), {id_or_name, id_or_name}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "account.no_user");
  return user_from(rows[0]);
}

}  // namespace

Result<void> keep_an_admin(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled = 0"));
  if (rows[0].integer(0) == 0) return refuse(ErrorCode::kConflict, "account.last_administrator");
  return {};
}

std::string audit_detail(std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  boost::json::object out;
  for (const auto& [name, value] : fields) out[name] = value;
  return boost::json::serialize(out);
}

Result<std::string> clean_username(std::string_view text) {
  std::string out;
  for (char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  bool fits = !out.empty() && out.size() <= 64 &&
              out.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._@-") == std::string::npos;
  if (!fits) return refuse(ErrorCode::kInvalid, "account.name");
  return out;
}

Result<void> insert_user(store::Session& session, const User& user, const std::string& password_hash,
                         const std::string& by) {
  TRY_ASSIGN(auto same, session.query("SELECT id FROM users WHERE username = ?", {user.username}));
  if (!same.empty()) return refuse(ErrorCode::kConflict, "account.name_taken");
  TRY(session.execute(
      "INSERT INTO users (id, username, display_name, role, language, password_hash, disabled, created_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {user.id, user.username, user.display_name, std::string(to_string(user.role)),
       std::string(to_string(user.language)), password_hash, std::int64_t{user.disabled}, user.created_at}));
  return desk::append_audit(session, from_unix_ms(user.created_at), by, "user.add", "user/" + user.username,
                            audit_detail({{"role", std::string(to_string(user.role))}}));
}

Accounts::Accounts(store::Database& database, const Secret& master, const Clock& clock, CurrentConfig config)
    : database_(database),
      clock_(clock),
      config_(std::move(config)),
      box_(master, "second factors"),
      limit_(clock) {}

Result<void> Accounts::check_new_password(const std::string& password, const std::string& username) const {
  auto least = static_cast<std::size_t>(config_()->password_length_min);
  std::size_t characters = 0;
  for (char c : password) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  if (characters < least)
    return refuse(ErrorCode::kInvalid, "account.password_short", {{"least", std::to_string(least)}});
  if (password.size() > kPasswordBytesMax) return refuse(ErrorCode::kInvalid, "account.password_long");
  bool one_character = password.find_first_not_of(password[0]) == std::string::npos;
  if (one_character || (username.size() >= 4 && password.find(username) != std::string::npos)) {
    return refuse(ErrorCode::kInvalid, "account.password_easy");
  }
  return {};
}

Result<bool> Accounts::setup_needed() {
  bool needed = false;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM users"));
    needed = rows[0].integer(0) == 0;
    return {};
  }));
  return needed;
}

Result<User> Accounts::add_user(const NewUser& wanted, const std::string& by) {
  TRY_ASSIGN(auto username, clean_username(wanted.username));
  TRY(check_new_password(wanted.password, username));
  TRY_ASSIGN(auto hash, hash_password(wanted.password));
  User user{new_id(clock_),
            username,
            wanted.display_name.empty() ? username : wanted.display_name,
            wanted.role,
            wanted.language,
            false,
            to_unix_ms(clock_.wall()),
            std::nullopt};
  TRY(database_.write([&](store::Session& session) { return insert_user(session, user, hash, by); }));
  return user;
}

Result<std::vector<User>> Accounts::users(const std::string& after_id, std::size_t limit) {
  std::vector<User> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(sql_users("WHERE u.id > ? ORDER BY u.id LIMIT ?"),
                                        {after_id, static_cast<std::int64_t>(limit)}));
    for (const auto& row : rows) out.push_back(user_from(row));
    return {};
  }));
  return out;
}

Result<User> Accounts::user(const std::string& id_or_name) {
  return store::read_value(database_,
                           [&](store::Session& session) { return find_user(session, id_or_name); });
}

Result<User> Accounts::change_user(const std::string& id, const UserChange& change, const std::string& by,
                                   const std::string& keep_session) {
  TRY_ASSIGN(auto before, user(id));
  std::string hash;
  if (change.password) {
    TRY(check_new_password(*change.password, before.username));
    TRY_ASSIGN(hash, hash_password(*change.password));
  }
  User after;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(after, find_user(session, before.id));
    auto old_role = after.role;
    boost::json::object detail;
    if (change.display_name) detail["display_name"] = after.display_name = *change.display_name;
    if (change.role) detail["role"] = to_string(after.role = *change.role);
    if (change.language) detail["language"] = to_string(after.language = *change.language);
    if (change.disabled) detail["disabled"] = after.disabled = *change.disabled;
    TRY(session.execute(
        "UPDATE users SET display_name = ?, role = ?, language = ?, disabled = ? WHERE id = ?",
        {after.display_name, std::string(to_string(after.role)), std::string(to_string(after.language)),
         std::int64_t{after.disabled}, after.id}));
    if (change.password) {
      detail["password"] = "changed";
      TRY(session.execute("UPDATE users SET password_hash = ? WHERE id = ?", {hash, after.id}));
    }
    if (change.password || after.disabled || !covers(after.role, old_role)) {
      TRY(session.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", {after.id, keep_session}));
    }
    if (old_role == Role::kAdmin) TRY(keep_an_admin(session));
    return desk::append_audit(session, clock_.wall(), by, "user.change", "user/" + after.username,
                              boost::json::serialize(detail));
  }));
  return after;
}

Result<void> Accounts::remove_user(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto gone, find_user(session, id));
    TRY(session.execute("DELETE FROM sessions WHERE user_id = ?", {gone.id}));
    TRY(forget_second_factor(session, gone.id));
    TRY(session.execute("DELETE FROM identities WHERE user_id = ?", {gone.id}));
    TRY(session.execute("DELETE FROM users WHERE id = ?", {gone.id}));
    TRY(keep_an_admin(session));
    return desk::append_audit(session, clock_.wall(), by, "user.remove", "user/" + gone.username, "{}");
  });
}

Result<bool> Accounts::password_fits(const std::string& user_id, const std::string& password) {
  std::string hash;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT password_hash FROM users WHERE id = ?", {user_id}));
    if (!rows.empty()) hash = rows[0].text(0);
    return {};
  }));
  return !hash.empty() && verify_password(password, hash);
}

}  // namespace vedette::server
