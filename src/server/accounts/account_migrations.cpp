#include "server/accounts/accounts.h"

namespace vedette::server {

std::span<const store::Migration> account_migrations() {
  static const store::Migration steps[] = {
      {"accounts", 1, "users, sessions, setup links, API tokens", R"sql(
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_sign_in_at BIGINT
);
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE TABLE setup_links (
  token_hash TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at BIGINT
);
)sql"},
      {"accounts", 2, "answers kept for idempotency keys, sign of life", R"sql(
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  run TEXT NOT NULL,
  status BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE TABLE server_life (
  seen_at BIGINT NOT NULL
);
)sql"},
      {"accounts", 3, "second factors: one-time passwords and recovery codes", R"sql(
CREATE TABLE second_factors (
  user_id TEXT PRIMARY KEY,
  secret TEXT NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE second_factor_offers (
  user_id TEXT PRIMARY KEY,
  secret TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  PRIMARY KEY (user_id, code_hash)
);
)sql"},
      {"accounts", 4, "who an account is at an identity provider; sessions with its second factor", R"sql(
CREATE TABLE identities (
  source TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (source, issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);
ALTER TABLE sessions ADD COLUMN second_factor BIGINT NOT NULL DEFAULT 0;
)sql"},
      {"accounts", 5, "break-glass accounts", R"sql(
ALTER TABLE users ADD COLUMN break_glass BIGINT NOT NULL DEFAULT 0;
)sql"},
      // "alerts:write" was whatever an analyst may change: tokens that are in use keep it.
      {"accounts", 6, "scopes by area", R"sql(
UPDATE api_tokens SET scopes = REPLACE(scopes, 'alerts:write', 'alerts:write incidents:write evidence:write reports:write directives:write advisories:write handovers:write periods:write hosts:write logs:searches');
)sql"},
  };
  return steps;
}

}  // namespace vedette::server
