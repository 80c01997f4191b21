#include "server/logs/log_migrations.h"

namespace vedette::server {

std::span<const store::Migration> log_migrations() {
  static const store::Migration steps[] = {{"logs", 1, "searches people keep, rules they switched off", R"sql(
CREATE TABLE log_searches (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  shared BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX log_searches_name ON log_searches (owner, name);
CREATE TABLE log_rules_off (
  rule TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  reason TEXT NOT NULL,
  switched_by TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL
);
)sql"},
                                           {"logs", 2, "when each source last spoke", R"sql(
CREATE TABLE log_sources (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  last_at BIGINT NOT NULL,
  told BIGINT NOT NULL
);
)sql"},
                                           {"logs", 3, "what each source usually sends", R"sql(
CREATE TABLE log_habits (
  source TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  habit BLOB NOT NULL
);
)sql"}};
  return steps;
}

}  // namespace vedette::server
