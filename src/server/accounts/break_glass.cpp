// The sealed way in: a password on paper in an envelope, and an alarm when it is used.
#include <sodium.h>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/password.h"
#include "server/accounts/totp.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

// 200 random bits, in groups of five that can be read from paper.
std::string paper_password() {
  std::string bytes(25, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  std::string out;
  for (char c : base32(bytes)) {
    if (out.size() % 6 == 5) out += '-';
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

}  // namespace

Result<std::string> Accounts::seal_break_glass(const std::string& wanted, const std::string& by) {
  TRY_ASSIGN(auto username, clean_username(wanted));
  auto password = paper_password();
  TRY_ASSIGN(auto hash, hash_password(password));
  auto now = clock_.wall();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(sql_users("WHERE u.username = ?"), {username}));
    if (rows.empty()) {
      TRY(insert_user(session,
                      {new_id(clock_), username, username, Role::kAdmin, Language::kVietnamese, false,
                       to_unix_ms(now), std::nullopt},
                      hash, by));
    } else if (!user_from(rows[0]).break_glass) {
      return refuse(ErrorCode::kConflict, "account.name_taken");
    } else {
      TRY(session.execute("DELETE FROM sessions WHERE user_id = ?", {rows[0].text(0)}));
    }
    TRY(session.execute(
        "UPDATE users SET break_glass = 1, role = 'admin', disabled = 0, password_hash = ? WHERE "
        "username = ?",
        {hash, username}));
    return desk::append_audit(session, now, by, "user.break_glass_sealed", "user/" + username, "{}");
  }));
  return password;
}

}  // namespace vedette::server
