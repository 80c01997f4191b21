// The tables of advisories: steps of the desk's migrations (schema.cpp).
#pragma once

#include <string_view>

namespace vedette::desk {

// An indicator's `terms` are JSON: [["ipv4-addr", "203.0.113.7"], …], all of them in one event.
inline constexpr std::string_view kAdvisories = R"sql(
CREATE TABLE advisories(
  id TEXT PRIMARY KEY, title TEXT NOT NULL, reference TEXT NOT NULL, authority TEXT NOT NULL, source TEXT NOT NULL,
  tlp TEXT NOT NULL, severity TEXT NOT NULL, format TEXT NOT NULL, sha256 TEXT NOT NULL, valid_from BIGINT,
  valid_until BIGINT, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, withdrawn_at BIGINT, withdrawn_by TEXT NOT NULL,
  withdrawn_why TEXT NOT NULL, indicators BIGINT NOT NULL, not_used_count BIGINT NOT NULL, not_used TEXT NOT NULL,
  look_state TEXT NOT NULL, look_days BIGINT NOT NULL, look_reached BIGINT, look_events BIGINT NOT NULL,
  look_hits BIGINT NOT NULL, look_finished BIGINT, look_trouble TEXT NOT NULL);
CREATE INDEX advisories_newest ON advisories(made_at DESC, id DESC);
CREATE INDEX advisories_to_look ON advisories(made_at, id) WHERE look_state IN ('waiting', 'running');
CREATE TABLE advisory_indicators(
  advisory_id TEXT NOT NULL REFERENCES advisories(id), place BIGINT NOT NULL, terms TEXT NOT NULL, origin TEXT NOT NULL,
  valid_from BIGINT, valid_until BIGINT, PRIMARY KEY(advisory_id, place));
CREATE TABLE advisory_hits(
  advisory_id TEXT NOT NULL REFERENCES advisories(id), event_id BIGINT NOT NULL, at BIGINT NOT NULL, host TEXT NOT NULL,
  source TEXT NOT NULL, indicator TEXT NOT NULL);
CREATE INDEX advisory_hits_of ON advisory_hits(advisory_id, at DESC, event_id DESC);
)sql";

// What was in force before stays in force.
inline constexpr std::string_view kConfirmation = R"sql(
ALTER TABLE advisories ADD COLUMN confirmed_at BIGINT;
ALTER TABLE advisories ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE advisories ADD COLUMN by_person INTEGER NOT NULL DEFAULT 1;
UPDATE advisories SET confirmed_at = made_at, confirmed_by = made_by;
)sql";

}  // namespace vedette::desk
