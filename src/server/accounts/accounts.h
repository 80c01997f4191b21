// Accounts: users, sessions, the one-time setup link and API tokens, in the state store. Secrets are kept as
// SHA-256 (tokens, which are 256 random bits) or Argon2id (passwords). Every change writes its audit row in
// the same transaction. Thread-safe; blocks for a database read or commit.
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

namespace vedette::server {

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

struct SignedIn {
  std::string session_token;  // goes into the cookie, is not stored
  Principal principal;
};
struct SessionInfo {
  std::string id, address, user_agent;
  std::int64_t created_at = 0, last_seen_at = 0, expires_at = 0;
};
struct ApiToken {
  std::string id, name, created_by;
  std::vector<std::string> scopes;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> last_used_at, expires_at;
};
struct Peer {
  std::string address, user_agent;
};

class Accounts {
 public:
  using CurrentConfig = std::function<std::shared_ptr<const Config>()>;
  Accounts(store::Database& database, const Clock& clock, CurrentConfig config);

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

  // --- the one-time link (setup_link.cpp)
  // Makes a new link token; links made before stop working. Refuses (kConflict) when there is an
  // administrator.
  Result<std::string> make_setup_token();
  Result<User> use_setup_token(const std::string& token, const NewUser& user);

  // --- sessions (sessions.cpp)
  // kUnauthorized: name or password is wrong (it does not say which); kLimit: wait `retry_after`.
  Result<SignedIn> sign_in(const std::string& username, const std::string& password, const Peer& peer,
                           std::chrono::milliseconds* retry_after);
  Result<SignedIn> open_session(const User& user, const Peer& peer);
  Result<Principal> session(const std::string& session_token);
  Result<void> sign_out(const std::string& session_token);
  Result<std::vector<SessionInfo>> sessions(const std::string& user_id);
  Result<void> end_session(const std::string& user_id, const std::string& session_id, const std::string& by);
  Result<void> drop_expired();

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
  Result<void> check_new_password(const std::string& password, const std::string& username) const;

  store::Database& database_;
  const Clock& clock_;
  const CurrentConfig config_;
  SignInLimit limit_;
  std::string local_token_hash_;
};

std::span<const store::Migration> account_migrations();

}  // namespace vedette::server
