#include <array>

#include "sites/watch/site_watch.h"

namespace vedette::sites {
namespace {

// sites_site.config and .memory are JSON (site_json.h): they are read and written whole, never searched.
// sites_report is the watch's own outbox: findings are stored with the check that made them, in one
// transaction, and leave it once the sink has them.
constexpr std::string_view kTables = R"sql(
CREATE TABLE sites_site (
  id TEXT PRIMARY KEY, url TEXT NOT NULL UNIQUE, config TEXT NOT NULL, created_at BIGINT NOT NULL,
  state TEXT NOT NULL, learned BIGINT NOT NULL DEFAULT 0, last_check_at BIGINT, last_change_at BIGINT,
  next_check_at BIGINT, window_until BIGINT, memory TEXT NOT NULL DEFAULT '{}');
CREATE TABLE sites_profile (
  site_id TEXT NOT NULL, kind TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (site_id, kind));
CREATE TABLE sites_part (
  site_id TEXT NOT NULL, part TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (site_id, part));
CREATE TABLE sites_check (
  id TEXT PRIMARY KEY, site_id TEXT NOT NULL, at BIGINT NOT NULL, verdict TEXT NOT NULL, http_status BIGINT NOT NULL,
  latency_ms BIGINT NOT NULL, bytes BIGINT NOT NULL, detail TEXT NOT NULL, snapshot TEXT NOT NULL,
  notable BIGINT NOT NULL);
CREATE INDEX sites_check_site ON sites_check (site_id, id);
CREATE INDEX sites_check_at ON sites_check (notable, at);
CREATE TABLE sites_snapshot (
  id TEXT PRIMARY KEY, site_id TEXT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes BIGINT NOT NULL, stored_bytes BIGINT NOT NULL, verdict TEXT NOT NULL, approved BIGINT NOT NULL,
  url TEXT NOT NULL, http_status BIGINT NOT NULL, content_type TEXT NOT NULL);
CREATE INDEX sites_snapshot_site ON sites_snapshot (site_id, id);
CREATE INDEX sites_snapshot_sha ON sites_snapshot (sha256);
CREATE INDEX sites_snapshot_at ON sites_snapshot (at);
CREATE TABLE sites_ignore (
  id TEXT PRIMARY KEY, site_id TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL, by_whom TEXT NOT NULL,
  at BIGINT NOT NULL);
CREATE INDEX sites_ignore_site ON sites_ignore (site_id);
CREATE TABLE sites_report (
  uid TEXT PRIMARY KEY, site_id TEXT NOT NULL, finding TEXT NOT NULL);
)sql";

constexpr std::array<store::Migration, 1> kMigrations{{
    {"sites", 1, "sites, profiles, checks, snapshots, answers, outbox", kTables},
}};

}  // namespace

std::span<const store::Migration> site_migrations() { return kMigrations; }

}  // namespace vedette::sites
