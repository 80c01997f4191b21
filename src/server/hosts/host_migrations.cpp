#include "server/hosts/hosts.h"

namespace vedette::server {

std::span<const store::Migration> host_migrations() {
  static const store::Migration steps[] = {{"hosts", 1, "hosts with an agent, one-time enrolments", R"sql(
CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  os TEXT NOT NULL,
  kernel TEXT NOT NULL,
  arch TEXT NOT NULL,
  version TEXT NOT NULL,
  address TEXT NOT NULL,
  certificate_sha256 TEXT NOT NULL UNIQUE,
  certificate_not_after BIGINT NOT NULL,
  enrolled_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  revoked_at BIGINT,
  clock_skew_ms BIGINT,
  silent BIGINT NOT NULL,
  epoch TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  gaps BIGINT NOT NULL
);
CREATE TABLE enrolments (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  note TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  host_id TEXT
);
)sql"}};
  return steps;
}

}  // namespace vedette::server
