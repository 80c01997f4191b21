// Second factors: one-time passwords of an app (totp.h) and recovery codes for when the device is lost. A
// code is used up in the transaction that takes it, so that two sign-ins at once cannot share one.
#include <sodium.h>

#include "base/hash.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/totp.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

constexpr std::size_t kRecoveryCodes = 10;
constexpr std::chrono::minutes kOfferLife{15}, kFreshSession{15};

std::string recovery_code() {
  std::string bytes(10, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  std::string out;
  for (char c : base32(bytes)) {
    if (out.size() % 5 == 4) out += '-';
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

// As it was typed: with capitals, blanks or without the dashes.
std::string recovery_hash(std::string_view code) {
  std::string plain;
  for (char c : code) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c != '-' && c != ' ') plain += c;
  }
  return sha256_hex(plain);
}

Result<RecoveryCodes> new_recovery_codes(store::Session& session, const std::string& user_id) {
  TRY(session.execute("DELETE FROM recovery_codes WHERE user_id = ?", {user_id}));
  RecoveryCodes out;
  while (out.size() < kRecoveryCodes) {
    out.push_back(recovery_code());
    TRY(session.execute("INSERT INTO recovery_codes (user_id, code_hash) VALUES (?, ?)",
                        {user_id, recovery_hash(out.back())}));
  }
  return out;
}

}  // namespace

Result<void> forget_second_factor(store::Session& session, const std::string& user_id) {
  for (const char* rows :
       {"DELETE FROM second_factors WHERE user_id = ?", "DELETE FROM second_factor_offers WHERE user_id = ?",
        "DELETE FROM recovery_codes WHERE user_id = ?"})
    TRY(session.execute(rows, {user_id}));
  return {};
}

std::optional<WallTime> Accounts::second_factor_due(const User& user) const {
  auto config = config_();
  bool needed = config->second_factor == "all" || (config->second_factor == "lead" && weighty(user.role));
  if (!needed || user.second_factor || user.break_glass) return std::nullopt;
  return from_unix_ms(user.created_at) + std::chrono::hours(config->second_factor_grace_hours);
}

Result<bool> Accounts::take_code(store::Session& session, const User& user, const std::string& code) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT secret, last_step FROM second_factors WHERE user_id = ?", {user.id}));
  if (rows.empty()) return false;
  TRY_ASSIGN(auto secret, box_.open_text(rows[0].text(0)));
  if (auto step = totp_step(secret, code, clock_.wall(), rows[0].integer(1))) {
    TRY(session.execute("UPDATE second_factors SET last_step = ? WHERE user_id = ?", {*step, user.id}));
    return true;
  }
  TRY_ASSIGN(auto used, session.execute("DELETE FROM recovery_codes WHERE user_id = ? AND code_hash = ?",
                                        {user.id, recovery_hash(code)}));
  if (used == 0) return false;
  TRY_ASSIGN(auto left, session.query("SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?", {user.id}));
  TRY(desk::append_audit(session, clock_.wall(), user.username, "user.recovery_code", "user/" + user.username,
                         audit_detail({{"left", std::to_string(left[0].integer(0))}})));
  return true;
}

// Who has no password here proves themselves at their provider: by a session that is a quarter of an hour
// old.
Result<bool> Accounts::signed_in_just_now(const std::string& user_id, const std::string& session_id) {
  std::int64_t since = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT created_at FROM sessions WHERE id = ? AND user_id = ?",
                                        {session_id, user_id}));
    if (!rows.empty()) since = rows[0].integer(0);
    return {};
  }));
  return clock_.wall() - from_unix_ms(since) < kFreshSession;
}

Result<void> Accounts::check_proof(const User& user, const Credentials& proof) {
  auto config = config_();
  // The same limit as at the door: a session that was taken over must not guess from inside.
  auto wait = limit_.take(user.username, "session of " + user.id,
                          {config->sign_in_attempts, std::chrono::minutes(config->sign_in_window_minutes)});
  if (wait.count() > 0) return refuse(ErrorCode::kLimit, "account.attempts");
  if (user.password) {
    TRY_ASSIGN(bool fits, password_fits(user.id, proof.password));
    if (!fits) return refuse(ErrorCode::kForbidden, "account.password_wrong");
  } else {
    TRY_ASSIGN(bool fresh, signed_in_just_now(user.id, proof.session_id));
    if (!fresh) return refuse(ErrorCode::kForbidden, "account.sign_in_anew");
  }
  if (user.second_factor) {
    bool right = false;
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(right, take_code(session, user, proof.code));
      return {};
    }));
    if (!right) return refuse(ErrorCode::kForbidden, "account.code_wrong");
  }
  limit_.succeeded(user.username, "session of " + user.id);
  return {};
}

Result<SecondFactorOffer> Accounts::offer_second_factor(const User& user, const Credentials& proof) {
  TRY(check_proof(user, proof));
  SecondFactorOffer out{new_totp_secret(), {}};
  out.uri = totp_uri(out.secret, "Vedette", user.username);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(
        session.execute("INSERT INTO second_factor_offers (user_id, secret, created_at) VALUES (?, ?, ?) ON "
                        "CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = "
                        "excluded.created_at",
                        {user.id, box_.seal_text(out.secret.reveal()), to_unix_ms(clock_.wall())}));
    return {};
  }));
  return out;
}

Result<RecoveryCodes> Accounts::confirm_second_factor(const User& user, const std::string& code,
                                                      const std::string& keep_session) {
  auto now = clock_.wall();
  RecoveryCodes out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query("SELECT secret, created_at FROM second_factor_offers WHERE user_id = ?", {user.id}));
    if (rows.empty() || now - from_unix_ms(rows[0].integer(1)) > kOfferLife)
      return refuse(ErrorCode::kConflict, "account.no_offer");
    TRY_ASSIGN(auto secret, box_.open_text(rows[0].text(0)));
    auto step = totp_step(secret, code, now, -1);
    if (!step) return refuse(ErrorCode::kForbidden, "account.code_wrong");
    TRY(forget_second_factor(session, user.id));
    TRY(session.execute(
        "INSERT INTO second_factors (user_id, secret, last_step, created_at) VALUES (?, ?, ?, ?)",
        {user.id, box_.seal_text(secret.reveal()), *step, to_unix_ms(now)}));
    TRY_ASSIGN(out, new_recovery_codes(session, user.id));
    TRY(session.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", {user.id, keep_session}));
    return desk::append_audit(session, now, user.username, "user.second_factor", "user/" + user.username,
                              "{}");
  }));
  return out;
}

Result<RecoveryCodes> Accounts::renew_recovery_codes(const User& user, const Credentials& proof) {
  if (!user.second_factor) return refuse(ErrorCode::kConflict, "account.no_second_factor");
  TRY(check_proof(user, proof));
  RecoveryCodes out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, new_recovery_codes(session, user.id));
    return desk::append_audit(session, clock_.wall(), user.username, "user.recovery_codes",
                              "user/" + user.username, "{}");
  }));
  return out;
}

Result<std::size_t> Accounts::recovery_codes_left(const std::string& user_id) {
  std::size_t out = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?", {user_id}));
    out = static_cast<std::size_t>(rows[0].integer(0));
    return {};
  }));
  return out;
}

Result<void> Accounts::remove_second_factor(const User& user, const Credentials& proof) {
  if (!user.second_factor) return refuse(ErrorCode::kConflict, "account.no_second_factor");
  auto without = user;
  without.second_factor = false;
  if (second_factor_due(without)) return refuse(ErrorCode::kConflict, "account.second_factor_needed");
  TRY(check_proof(user, proof));
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(forget_second_factor(session, user.id));
    return desk::append_audit(session, clock_.wall(), user.username, "user.second_factor_removed",
                              "user/" + user.username, "{}");
  });
}

Result<User> Accounts::reset_second_factor(const std::string& id_or_name, const std::string& by) {
  TRY_ASSIGN(auto who, user(id_or_name));
  if (!who.second_factor) return refuse(ErrorCode::kConflict, "account.no_second_factor");
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(forget_second_factor(session, who.id));
    TRY(session.execute("DELETE FROM sessions WHERE user_id = ?", {who.id}));
    return desk::append_audit(session, clock_.wall(), by, "user.second_factor_reset", "user/" + who.username,
                              "{}");
  }));
  who.second_factor = false;
  return who;
}

}  // namespace vedette::server
