// The one-time link that creates the first administrator.
#include "base/hash.h"
#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/password.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

Result<void> refuse_when_set_up(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM users"));
  if (rows[0].integer(0) > 0) return refuse(ErrorCode::kConflict, "account.set_up");
  return {};
}

}  // namespace

Result<std::string> Accounts::make_setup_token() {
  auto token = random_token();
  auto now = clock_.wall();
  auto expires = now + std::chrono::hours(config_()->setup_link_hours);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(refuse_when_set_up(session));
    TRY(session.execute("DELETE FROM setup_links"));
    TRY(session.execute("INSERT INTO setup_links (token_hash, created_at, expires_at) VALUES (?, ?, ?)",
                        {sha256_hex(token), to_unix_ms(now), to_unix_ms(expires)}));
    return desk::append_audit(session, now, "server", "setup_link.make", "setup",
                              audit_detail({{"expires_at", to_rfc3339(expires)}}));
  }));
  return token;
}

Result<User> Accounts::use_setup_token(const std::string& token, const NewUser& wanted) {
  auto token_hash = sha256_hex(token);
  auto now = clock_.wall();
  auto valid = [&](store::Session& session) -> Result<void> {
    TRY(refuse_when_set_up(session));
    TRY_ASSIGN(auto rows,
               session.query("SELECT expires_at FROM setup_links WHERE token_hash = ?", {token_hash}));
    if (rows.empty() || rows[0].integer(0) <= to_unix_ms(now)) {
      return refuse(ErrorCode::kForbidden, "account.setup_used");
    }
    return {};
  };
  TRY(database_.read(valid));  // before the costly hash, so that a stranger cannot make us work
  TRY_ASSIGN(auto username, clean_username(wanted.username));
  TRY(check_new_password(wanted.password, username));
  TRY_ASSIGN(auto hash, hash_password(wanted.password));
  User user{new_id(clock_),  username,        wanted.display_name.empty() ? username : wanted.display_name,
            Role::kAdmin,    wanted.language, false,
            to_unix_ms(now), std::nullopt};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(valid(session));  // again: two may hold the link
    TRY(session.execute("DELETE FROM setup_links"));
    return insert_user(session, user, hash, "setup link");
  }));
  return user;
}

}  // namespace vedette::server
