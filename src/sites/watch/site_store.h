// The watch's tables: rows to values and back. Functions on a store session; no state of their own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/finding.h"
#include "sites/watch/site_memory.h"
#include "sites/watch/site_watch.h"
#include "store/database.h"
#include "store/secret_box.h"

namespace vedette::sites {

struct StoredSite {
  Site site;
  SiteMemory memory;
  bool clear = false;         // its secrets stand in clear: update_config() seals them
  bool secrets_lost = false;  // they were sealed with another key
};

struct StoredSnapshot {
  Snapshot snapshot;
  std::string site_id, url, content_type;
  int http_status = 0;
  std::int64_t stored_bytes = 0;
};

// Everything one check (or one answer of the operator) changes; one transaction, or part of one.
struct Outcome {
  Site site;
  SiteMemory memory;
  bool learn_anew = false;  // what was learnt before (profiles, parts) goes first
  std::optional<Check> check;
  bool notable = false;  // the check is kept longer than a day
  std::vector<StoredSnapshot> snapshots;
  std::vector<std::pair<std::string, std::string>> profiles;  // kind ("page", "rendered", "visual"), bytes
  std::vector<std::pair<std::string, std::string>> parts;     // name ("tls", "dns", "resources", …), JSON
  std::vector<Finding> findings;
};

Result<void> insert_site(store::Session& session, const StoredSite& stored, const store::SecretBox& box);
Result<void> update_config(store::Session& session, const Site& site, const store::SecretBox& box);
Result<void> delete_site(store::Session& session, const std::string& id);
Result<void> commit_outcome(store::Session& session, const Outcome& outcome);
Result<std::vector<StoredSite>> load_sites(store::Session& session, const store::SecretBox& box);

Result<std::string> load_profile(store::Session& session, const std::string& id,
                                 const std::string& kind);  // "": none
Result<std::string> load_part(store::Session& session, const std::string& id,
                              const std::string& part);  // "": none
Result<void> save_part(store::Session& session, const std::string& id, const std::string& part,
                       const std::string& value);

Result<Listing<Check>> load_checks(store::Session& session, const std::string& id, const Paging& paging);
Result<Listing<Snapshot>> load_snapshots(store::Session& session, const std::string& id,
                                         const Paging& paging);
Result<StoredSnapshot> load_snapshot(store::Session& session, const std::string& snapshot_id);
Result<void> mark_approved(store::Session& session, const std::string& snapshot_id);

Result<void> insert_ignore(store::Session& session, const std::string& site_id, const IgnoreRule& rule);
Result<void> delete_ignore(store::Session& session, const std::string& site_id, const std::string& rule_id);
Result<std::vector<IgnoreRule>> load_ignores(store::Session& session, const std::string& site_id);

// The outbox towards the sink: oldest first.
Result<std::vector<Finding>> pending_reports(store::Session& session, std::size_t limit);
Result<void> insert_report(store::Session& session, const std::string& site_id, const Finding& finding);
Result<void> delete_reports(store::Session& session, const std::vector<Finding>& findings);
Result<std::int64_t> count_reports(store::Session& session);

// Retention: unremarkable checks before `checks_before`, and all before `notable_before`.
Result<std::int64_t> delete_checks(store::Session& session, WallTime checks_before, WallTime notable_before);

}  // namespace vedette::sites
