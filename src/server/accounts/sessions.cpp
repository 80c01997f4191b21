// Sign-in and sessions. The cookie's token is 256 random bits; the store has only its SHA-256.
#include "base/hash.h"
#include "base/id.h"
#include "base/log.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/password.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

constexpr std::int64_t kTouchEveryMs = 60'000;  // so that reading a page does not cost a commit
constexpr std::int64_t kSessionsPerUserMax = 50;

std::string csrf_of(const std::string& session_token) {
  return hmac_sha256_hex(session_token, "vedette csrf token");
}

}  // namespace

Result<SignedIn> Accounts::sign_in(const Credentials& given, const Peer& peer, SignInHint* hint) {
  auto config = config_();
  auto name = clean_username(given.username);
  std::string account = name.value_or(given.username);
  auto wait = limit_.take(account, peer.address,
                          {config->sign_in_attempts, std::chrono::minutes(config->sign_in_window_minutes)});
  if (wait.count() > 0) {
    if (hint) hint->retry_after = wait;
    return refuse(ErrorCode::kLimit, "account.attempts");
  }
  std::optional<User> user;
  std::string hash;
  if (name) {
    TRY(database_.read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT " + std::string(kUserColumns) +
                                              ", u.password_hash FROM users u WHERE u.username = ?",
                                          {*name}));
      if (!rows.empty()) {
        user = user_from(rows[0]);
        hash = rows[0].text(kUserColumnCount);
      }
      return {};
    }));
  }
  bool right = false;
  if (user && !hash.empty()) {
    right = verify_password(given.password, hash);
  } else {
    verify_nothing(given.password);
    if (name) {
      TRY_ASSIGN(auto known, from_directory(*name, given.password, peer));
      right = known.has_value();
      if (known) user = known;
    }
  }
  if (!right || user->disabled) {
    log::warn("accounts", "sign-in refused",
              {{"source.address", peer.address}, {"event.outcome", "failure"}});
    TRY(database_.write([&](store::Session& session) {
      return desk::append_audit(session, clock_.wall(), user ? user->username : "nobody", "session.refused",
                                "session", audit_detail({{"address", peer.address}}));
    }));
    return refuse(ErrorCode::kUnauthorized, "account.wrong");
  }
  if (user->second_factor) {
    if (hint) hint->code_wanted = true;
    // Not yet a success: the attempts that are left hold for the code too.
    if (given.code.empty()) return refuse(ErrorCode::kUnauthorized, "account.code_wanted");
    TRY(use_code(*user, given.code, peer));
  }
  limit_.succeeded(account, peer.address);
  if (!hash.empty() && needs_rehash(hash)) {
    TRY_ASSIGN(auto fresh, hash_password(given.password));
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY(session.execute("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?",
                          {fresh, user->id, hash}));
      return {};
    }));
  }
  return open_session(*user, peer);
}

Result<void> Accounts::use_code(const User& user, const std::string& code, const Peer& peer) {
  bool fits = false;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(fits, take_code(session, user, code));
    if (fits) return {};
    return desk::append_audit(session, clock_.wall(), user.username, "session.refused", "session",
                              audit_detail({{"address", peer.address}, {"why", "code"}}));
  }));
  if (!fits) return refuse(ErrorCode::kUnauthorized, "account.code_wrong");
  return {};
}

Result<SignedIn> Accounts::open_session(const User& user, const Peer& peer, bool provider_factor) {
  SignedIn out;
  out.session_token = random_token();
  auto now = to_unix_ms(clock_.wall());
  auto expires = now + std::chrono::milliseconds(std::chrono::hours(config_()->session_hours_max)).count();
  auto id = new_id(clock_);
  auto agent = peer.user_agent.substr(0, 256);
  auto open = [&](store::Session& session) -> Result<void> {
    TRY(session.execute(
        "INSERT INTO sessions (token_hash, id, user_id, created_at, last_seen_at, expires_at, address, "
        "user_agent, second_factor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {sha256_hex(out.session_token), id, user.id, now, now, expires, peer.address, agent,
         std::int64_t{provider_factor}}));
    TRY(
        session.execute("DELETE FROM sessions WHERE user_id = ? AND id NOT IN (SELECT id FROM sessions WHERE "
                        "user_id = ? ORDER BY created_at DESC, id DESC LIMIT ?)",
                        {user.id, user.id, kSessionsPerUserMax}));
    TRY(session.execute("UPDATE users SET last_sign_in_at = ? WHERE id = ?", {now, user.id}));
    return desk::append_audit(session, from_unix_ms(now), user.username,
                              user.break_glass ? "session.break_glass" : "session.open", "session/" + id,
                              audit_detail({{"address", peer.address}}));
  };
  if (user.break_glass && alarm_) {
    TRY(alarm_(user, peer, open));
  } else {
    TRY(database_.write(open));
  }
  auto due = provider_factor ? std::nullopt : second_factor_due(user);
  out.principal = {Principal::Kind::kUser,           user,           id,
                   csrf_of(out.session_token),       user.username,  {},
                   due && from_unix_ms(now) >= *due, provider_factor};
  return out;
}

Result<Principal> Accounts::session(const std::string& session_token) {
  auto now = to_unix_ms(clock_.wall());
  auto idle = std::chrono::milliseconds(std::chrono::minutes(config_()->session_idle_minutes)).count();
  auto hash = sha256_hex(session_token);
  Principal out;
  std::int64_t last_seen = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT " + std::string(kUserColumns) +
                                 ", s.id, s.last_seen_at, s.expires_at, s.second_factor FROM sessions s JOIN "
                                 "users u ON u.id = s.user_id WHERE s.token_hash = ?",
                             {hash}));
    if (rows.empty()) return refuse(ErrorCode::kUnauthorized, "account.ended");
    last_seen = rows[0].integer(kUserColumnCount + 1);
    auto expires = rows[0].integer(kUserColumnCount + 2);
    out = {Principal::Kind::kUser, user_from(rows[0]), rows[0].text(kUserColumnCount),
           csrf_of(session_token), rows[0].text(1),    {}};
    out.provider_factor = rows[0].integer(kUserColumnCount + 3) != 0;
    auto due = out.provider_factor ? std::nullopt : second_factor_due(out.user);
    out.lacks_second_factor = due && from_unix_ms(now) >= *due;
    if (out.user.disabled || now >= expires || now - last_seen >= idle)
      return refuse(ErrorCode::kUnauthorized, "account.ended");
    return {};
  }));
  if (now - last_seen >= kTouchEveryMs) {
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY(session.execute("UPDATE sessions SET last_seen_at = ? WHERE token_hash = ?", {now, hash}));
      return {};
    }));
  }
  return out;
}

Result<void> Accounts::sign_out(const std::string& session_token) {
  auto hash = sha256_hex(session_token);
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query(
            "SELECT s.id, u.username FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?",
            {hash}));
    if (rows.empty()) return {};
    TRY(session.execute("DELETE FROM sessions WHERE token_hash = ?", {hash}));
    return desk::append_audit(session, clock_.wall(), rows[0].text(1), "session.close",
                              "session/" + rows[0].text(0), "{}");
  });
}

Result<std::vector<SessionInfo>> Accounts::sessions(const std::string& user_id) {
  std::vector<SessionInfo> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT id, address, user_agent, created_at, last_seen_at, expires_at FROM "
                             "sessions WHERE user_id = ? ORDER BY created_at DESC LIMIT ?",
                             {user_id, kSessionsPerUserMax}));
    for (const auto& row : rows)
      out.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5)});
    return {};
  }));
  return out;
}

Result<void> Accounts::end_session(const std::string& user_id, const std::string& session_id,
                                   const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto gone,
               session.execute("DELETE FROM sessions WHERE id = ? AND user_id = ?", {session_id, user_id}));
    if (gone == 0) return refuse(ErrorCode::kNotFound, "account.no_session");
    return desk::append_audit(session, clock_.wall(), by, "session.end", "session/" + session_id, "{}");
  });
}

Result<std::vector<SessionInfo>> Accounts::all_sessions(const std::string& after_id, std::size_t limit) {
  auto now = to_unix_ms(clock_.wall());
  auto idle = std::chrono::milliseconds(std::chrono::minutes(config_()->session_idle_minutes)).count();
  std::vector<SessionInfo> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query("SELECT s.id, s.address, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, "
                      "u.username FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id > ? AND "
                      "s.expires_at > ? AND s.last_seen_at > ? AND u.disabled = 0 ORDER BY s.id LIMIT ?",
                      {after_id, now, now - idle, static_cast<std::int64_t>(limit)}));
    for (const auto& row : rows)
      out.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5),
                     row.text(6)});
    return {};
  }));
  return out;
}

Result<void> Accounts::end_any_session(const std::string& session_id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT u.username FROM sessions s JOIN users u ON u.id = s.user_id WHERE "
                             "s.id = ?",
                             {session_id}));
    if (rows.empty()) return refuse(ErrorCode::kNotFound, "account.no_session");
    TRY(session.execute("DELETE FROM sessions WHERE id = ?", {session_id}));
    return desk::append_audit(session, clock_.wall(), by, "session.end", "session/" + session_id,
                              audit_detail({{"user", rows[0].text(0)}}));
  });
}

Result<void> Accounts::drop_expired() {
  auto now = to_unix_ms(clock_.wall());
  auto day = std::chrono::milliseconds(std::chrono::hours(24)).count();
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM sessions WHERE expires_at <= ?", {now}));
    TRY(session.execute("DELETE FROM idempotency WHERE created_at <= ?", {now - day}));
    return {};
  });
}

}  // namespace vedette::server
