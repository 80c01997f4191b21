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
)sql"},
                                           {"hosts", 2, "groups, state, file incidents, orders", R"sql(
ALTER TABLE hosts ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN group_name TEXT NOT NULL DEFAULT 'default';
ALTER TABLE hosts ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE hosts ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN next_certificate_sha256 TEXT;
ALTER TABLE hosts ADD COLUMN next_certificate_not_after BIGINT;
CREATE UNIQUE INDEX hosts_next_certificate ON hosts (next_certificate_sha256);
ALTER TABLE enrolments ADD COLUMN group_name TEXT NOT NULL DEFAULT 'default';
CREATE TABLE host_groups (
  name TEXT PRIMARY KEY,
  policy TEXT NOT NULL
);
INSERT INTO host_groups (name, policy) VALUES ('default', '{}');
CREATE TABLE file_incidents (
  id TEXT PRIMARY KEY,
  host_id TEXT NOT NULL,
  state TEXT NOT NULL,
  frozen BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  score DOUBLE PRECISION NOT NULL,
  executable TEXT NOT NULL,
  user_name TEXT NOT NULL,
  files_count BIGINT NOT NULL,
  more_files BIGINT NOT NULL,
  reasons TEXT NOT NULL,
  actor TEXT NOT NULL,
  files TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX file_incidents_host ON file_incidents (host_id, id);
CREATE TABLE file_incident_events (
  incident_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (incident_id, number)
);
CREATE TABLE file_incident_reports (
  incident_id TEXT NOT NULL,
  part BIGINT NOT NULL,
  parts BIGINT NOT NULL,
  restored BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  files TEXT NOT NULL,
  PRIMARY KEY (incident_id, part)
);
CREATE TABLE host_orders (
  id TEXT PRIMARY KEY,
  host_id TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  signature TEXT NOT NULL,
  state TEXT NOT NULL,
  given_by TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  sent_at BIGINT,
  done_at BIGINT,
  result TEXT NOT NULL
);
CREATE INDEX host_orders_host ON host_orders (host_id, id);
CREATE INDEX host_orders_state ON host_orders (state, expires_at);
)sql"},
                                           {"hosts", 3, "how far the logs of agents were taken", R"sql(
ALTER TABLE hosts ADD COLUMN log_epoch TEXT NOT NULL DEFAULT '';
ALTER TABLE hosts ADD COLUMN log_sequence BIGINT NOT NULL DEFAULT 0;
)sql"}};
  return steps;
}

}  // namespace vedette::server
