// People of an identity provider: whose account they have, with which role, and the code where one is still
// wanted. A person is known by issuer and subject (OpenID Connect Core 1.0 §5.7), never by a name alone.
#include "base/id.h"
#include "base/log.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

Result<std::optional<User>> first_user(store::Session& session, const std::string& sql,
                                       const std::vector<store::Value>& values) {
  TRY_ASSIGN(auto rows, session.query(sql, values));
  if (rows.empty()) return std::nullopt;
  return user_from(rows[0]);
}

Result<void> note_identity(store::Session& session, const ExternalPerson& person, const User& user,
                           WallTime now) {
  TRY(session.execute(
      "INSERT INTO identities (source, issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?, ?)",
      {person.source, person.issuer, person.subject, user.id, to_unix_ms(now)}));
  return desk::append_audit(session, now, person.source, "user.link", "user/" + user.username,
                            audit_detail({{"issuer", person.issuer}, {"subject", person.subject}}));
}

}  // namespace

Result<User> Accounts::admit(const ExternalPerson& person, const ExternalPolicy& policy, const Peer& peer) {
  auto now = clock_.wall();
  User user;
  auto admitted = database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto known,
               first_user(session,
                          sql_users("JOIN identities k ON k.user_id = u.id WHERE k.source = ? AND "
                                    "k.issuer = ? AND k.subject = ?"),
                          {person.source, person.issuer, person.subject}));
    if (!known) {
      TRY_ASSIGN(auto username, clean_username(person.username));
      TRY_ASSIGN(known, first_user(session, sql_users("WHERE u.username = ?"), {username}));
      if (known && (!policy.link || known->break_glass))
        return refuse(ErrorCode::kForbidden, "account.external_taken", {{"name", username}});
      if (!known && !policy.create)
        return refuse(ErrorCode::kForbidden, "account.external_unknown", {{"name", username}});
      if (!known) {
        known = User{new_id(clock_),
                     username,
                     person.display_name.empty() ? username : person.display_name,
                     person.role.value_or(Role::kViewer),
                     person.language,
                     false,
                     to_unix_ms(now),
                     std::nullopt};
        known->password = false;
        TRY(insert_user(session, *known, "", person.source));
      }
      TRY(note_identity(session, person, *known, now));
    }
    user = *known;
    user.provider = person.source;
    if (user.disabled) return refuse(ErrorCode::kForbidden, "account.external_disabled");
    if (!person.role || *person.role == user.role) return {};
    auto before = std::exchange(user.role, *person.role);
    TRY(session.execute("UPDATE users SET role = ? WHERE id = ?",
                        {std::string(to_string(user.role)), user.id}));
    if (before == Role::kAdmin) TRY(keep_an_admin(session));
    if (!covers(user.role, before)) TRY(session.execute("DELETE FROM sessions WHERE user_id = ?", {user.id}));
    return desk::append_audit(session, now, person.source, "user.change", "user/" + user.username,
                              audit_detail({{"role", std::string(to_string(user.role))}}));
  });
  if (admitted) return user;
  if (admitted.error().code() == ErrorCode::kForbidden || admitted.error().code() == ErrorCode::kInvalid ||
      admitted.error().code() == ErrorCode::kConflict)
    TRY(note_refused(person.source, said_in(admitted.error(), Language::kEnglish), peer));
  return std::unexpected(std::move(admitted).error());
}

Result<std::optional<User>> Accounts::from_directory(const std::string& username, const std::string& password,
                                                     const Peer& peer) {
  if (!directory_) return std::nullopt;
  auto person = directory_(username, password);
  if (!person) {
    switch (person.error().code()) {
      case ErrorCode::kUnauthorized:
        return std::nullopt;
      case ErrorCode::kForbidden:
        TRY(note_refused("ldap", username + ": " + said_in(person.error(), Language::kEnglish), peer));
        return std::unexpected(std::move(person).error());
      default:
        log::error("accounts", "the directory cannot be asked", {{"error.message", person.error().full()}});
        return refuse(ErrorCode::kUnavailable, "account.directory_away");
    }
  }
  TRY_ASSIGN(auto user, admit(*person, {config_()->ldap_create_accounts, false}, peer));
  return user;
}

Result<void> Accounts::note_refused(const std::string& source, const std::string& why, const Peer& peer) {
  log::warn("accounts", "sign-in refused",
            {{"source.address", peer.address}, {"event.outcome", "failure"}, {"error.message", why}});
  return database_.write([&](store::Session& session) {
    return desk::append_audit(session, clock_.wall(), source, "session.refused", "session",
                              audit_detail({{"address", peer.address}, {"why", why.substr(0, 400)}}));
  });
}

Result<SignedIn> Accounts::sign_in_with_code(const std::string& user_id, const std::string& code,
                                             const Peer& peer, SignInHint* hint) {
  TRY_ASSIGN(auto who, user(user_id));
  if (who.disabled) return refuse(ErrorCode::kForbidden, "account.external_disabled");
  auto config = config_();
  auto wait = limit_.take(who.username, peer.address,
                          {config->sign_in_attempts, std::chrono::minutes(config->sign_in_window_minutes)});
  if (wait.count() > 0) {
    if (hint) hint->retry_after = wait;
    return refuse(ErrorCode::kLimit, "account.attempts");
  }
  if (hint) hint->code_wanted = true;
  TRY(use_code(who, code, peer));
  limit_.succeeded(who.username, peer.address);
  return open_session(who, peer);
}

}  // namespace vedette::server
