// Accounts: users, sessions, second factors, the one-time setup link and API tokens, in the state store.
// Secrets are kept as SHA-256 (tokens of 256, recovery codes of 80 random bits) or Argon2id (passwords); the
// secret of a second factor is sealed with the instance's key. Every change writes its audit row in the same
// transaction. Thread-safe; blocks for a database read or commit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/accounts/role.h"
#include "server/accounts/sign_in_limit.h"
#include "server/config/config.h"
#include "store/database.h"
#include "store/secret_box.h"

namespace vedette::server {

struct Peer {
  std::string address, user_agent;
};
struct NewUser {
  std::string username, password, display_name;
  Role role = Role::kViewer;
  Language language = Language::kVietnamese;
};
struct UserChange {
  std::optional<std::string> display_name = {}, password = {};
  std::optional<Role> role = {};
  std::optional<Language> language = {};
  std::optional<bool> disabled = {};
};

struct Credentials {
  std::string username, password;
  std::string code = {};        // a one-time password or a recovery code; empty: none was given
  std::string session_id = {};  // whose age is the proof of who has no password here
};
// Why a sign-in was refused, as far as the person may know.
struct SignInHint {
  std::chrono::milliseconds retry_after{0};
  bool code_wanted = false;  // name and password are right; a code is missing or wrong
};
// Somebody an identity provider vouches for.
struct ExternalPerson {
  std::string source;           // "oidc"
  std::string issuer, subject;  // together never given to anybody else
  std::string username, display_name;
  std::optional<Role> role = {};  // by the provider's groups; nothing: kept, and viewer for a new account
  bool second_factor = false;     // the provider asked for one
  Language language = Language::kVietnamese;  // of a new account
};
struct ExternalPolicy {
  bool create = false;  // an account for whom there is none
  bool link = false;    // the account of the same name, the first time
};
// Asks a directory whether name and password are right. kUnauthorized: they are not; kForbidden says why the
// person may not come in; everything else: it cannot be asked now.
using Directory =
    std::function<Result<ExternalPerson>(const std::string& username, const std::string& password)>;
// Raises the alarm of a sign-in and does `also` in the same transaction: both are kept, or neither.
using BreakGlassAlarm =
    std::function<Result<void>(const User& user, const Peer& peer, const store::Database::Write& also)>;
struct SignedIn {
  std::string session_token;  // goes into the cookie, is not stored
  Principal principal;
};
struct SessionInfo {
  std::string id, address, user_agent;
  std::int64_t created_at = 0, last_seen_at = 0, expires_at = 0;
  std::string username = {};
};
// What an authenticator app needs, shown once.
struct SecondFactorOffer {
  Secret secret;
  std::string uri;  // otpauth://
};
using RecoveryCodes = std::vector<std::string>;  // "abcd-efgh-…", each works once

struct ApiToken {
  std::string id, name, created_by;
  std::vector<std::string> scopes;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> last_used_at, expires_at;
};
class Accounts {
 public:
  using CurrentConfig = std::function<std::shared_ptr<const Config>()>;
  // `master`: the instance's key (store/secret_box.h).
  Accounts(store::Database& database, const Secret& master, const Clock& clock, CurrentConfig config);

  // --- users (accounts.cpp)
  Result<bool> setup_needed();  // no user exists yet
  Result<User> add_user(const NewUser& user, const std::string& by);
  Result<std::vector<User>> users(const std::string& after_id, std::size_t limit);
  Result<User> user(const std::string& id_or_name);
  // Refuses to take the last administrator away. A new password, a lower role or disabling ends the user's
  // sessions, but for `keep_session`.
  Result<User> change_user(const std::string& id, const UserChange& change, const std::string& by,
                           const std::string& keep_session = {});
  Result<void> remove_user(const std::string& id, const std::string& by);
  Result<bool> password_fits(const std::string& user_id, const std::string& password);

  // --- the sealed way in (break_glass.cpp)
  // An administrator without a second factor, for the day when nobody else can come in. Every sign-in of it
  // is an alarm. Makes the account, or seals one of that name anew: its sessions end. Gives the password,
  // shown once. kConflict: the name belongs to somebody.
  Result<std::string> seal_break_glass(const std::string& username, const std::string& by);
  void use_alarm(BreakGlassAlarm raise) { alarm_ = std::move(raise); }

  // --- the one-time link (setup_link.cpp)
  // Makes a new link token; links made before stop working. Refuses (kConflict) when there is an
  // administrator.
  Result<std::string> make_setup_token();
  Result<User> use_setup_token(const std::string& token, const NewUser& user);

  // --- sessions (sessions.cpp)
  // kUnauthorized: name or password is wrong (it does not say which), or a code is wanted (`hint` says so);
  // kLimit: wait `hint->retry_after`.
  Result<SignedIn> sign_in(const Credentials& given, const Peer& peer, SignInHint* hint = nullptr);
  // `provider_factor`: the identity provider asked for a second factor.
  Result<SignedIn> open_session(const User& user, const Peer& peer, bool provider_factor = false);
  Result<Principal> session(const std::string& session_token);
  Result<void> sign_out(const std::string& session_token);
  Result<std::vector<SessionInfo>> sessions(const std::string& user_id);
  Result<void> end_session(const std::string& user_id, const std::string& session_id, const std::string& by);
  // Of everybody, by id; those that have ended are not among them.
  Result<std::vector<SessionInfo>> all_sessions(const std::string& after_id, std::size_t limit);
  Result<void> end_any_session(const std::string& session_id, const std::string& by);
  Result<void> drop_expired();

  // Who has no password here is looked up there. Before the first sign-in; `ask` outlives the accounts.
  void use_directory(Directory ask) { directory_ = std::move(ask); }

  // --- people of an identity provider or a directory (external.cpp)
  // The account of this person: known from before, linked or made, with the role that the provider gives.
  // kForbidden says why they may not come in, which is an audit row too.
  Result<User> admit(const ExternalPerson& person, const ExternalPolicy& policy, const Peer& peer);
  // A sign-in that the provider did not let out, with its words, as an audit row.
  Result<void> note_refused(const std::string& source, const std::string& why, const Peer& peer);
  // The code that was still wanted after admit(). Errors and `hint` as of sign_in().
  Result<SignedIn> sign_in_with_code(const std::string& user_id, const std::string& code, const Peer& peer,
                                     SignInHint* hint = nullptr);

  // --- second factors (second_factor.cpp)
  // When this user must have one, by their role; nothing: never, or they have one.
  std::optional<WallTime> second_factor_due(const User& user) const;
  // A new secret, good for a quarter of an hour, until a code of it confirms it. kUnauthorized: wrong
  // password; who has a second factor already gives a code of it too.
  Result<SecondFactorOffer> offer_second_factor(const User& user, const Credentials& proof);
  // The secret offered is the second factor from now on; other sessions of the user end.
  Result<RecoveryCodes> confirm_second_factor(const User& user, const std::string& code,
                                              const std::string& keep_session);
  Result<RecoveryCodes> renew_recovery_codes(const User& user, const Credentials& proof);
  Result<std::size_t> recovery_codes_left(const std::string& user_id);
  // By the person themselves. kConflict: their role needs one.
  Result<void> remove_second_factor(const User& user, const Credentials& proof);
  // By an administrator, for somebody who lost the device; ends the user's sessions.
  Result<User> reset_second_factor(const std::string& id_or_name, const std::string& by);

  // --- API tokens (api_tokens.cpp)
  struct MadeToken {
    ApiToken token;
    std::string secret;  // "vdt_…", shown once
  };
  Result<MadeToken> make_token(const std::string& name, const std::vector<std::string>& scopes,
                               std::optional<std::int64_t> expires_at, const std::string& by);
  Result<std::vector<ApiToken>> tokens(const std::string& after_id, std::size_t limit);
  Result<void> remove_token(const std::string& id, const std::string& by);
  Result<Principal> token(const std::string& secret);
  // A token of this process alone, for commands on this machine: never stored.
  void allow_local_token(const std::string& secret);

 private:
  // Inside the caller's transaction, which uses the code up. False: wrong, or used before.
  Result<bool> take_code(store::Session& session, const User& user, const std::string& code);
  // The account of whom the directory knows; nothing: it does not, or there is none.
  Result<std::optional<User>> from_directory(const std::string& username, const std::string& password,
                                             const Peer& peer);
  // kUnauthorized, with its audit row: the code is wrong.
  Result<void> use_code(const User& user, const std::string& code, const Peer& peer);
  Result<bool> signed_in_just_now(const std::string& user_id, const std::string& session_id);
  Result<void> check_proof(const User& user, const Credentials& proof);
  Result<void> check_new_password(const std::string& password, const std::string& username) const;

  store::Database& database_;
  const Clock& clock_;
  const CurrentConfig config_;
  const store::SecretBox box_;
  SignInLimit limit_;
  Directory directory_;
  BreakGlassAlarm alarm_;
  std::string local_token_hash_;
};

std::span<const store::Migration> account_migrations();

}  // namespace vedette::server
