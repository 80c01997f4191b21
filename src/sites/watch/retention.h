// Retention: how long checks and snapshots are kept. One thread, once at start and then every hour; every few
// seconds it also looks whether evidence was lost (evidence_losses.h).
//
// Checks without anything remarkable go after a day, the others and snapshots after `snapshot_retention`;
// beyond `snapshot_bytes_max` on disk the oldest snapshots go first. Never deleted: what a site's findings
// show as before and after while that question is open, the newest snapshot and the reference of every site,
// approved versions, and what the sink keeps as evidence (of an alert, for as long as the alert is kept).
// Files without a row go when they are an hour old (a younger one may be waiting for its row).
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "model/finding_sink.h"
#include "sites/watch/evidence_losses.h"
#include "sites/watch/site_table.h"
#include "sites/watch/site_watch.h"
#include "sites/watch/snapshots.h"
#include "store/database.h"

namespace vedette::sites {

class Retention {
 public:
  Retention(store::Database& database, SiteTable& sites, const SnapshotFolder& folder, FindingSink& sink,
            const Clock& clock, Metrics& metrics);
  ~Retention();
  using Options = std::function<std::shared_ptr<const SiteWatchOptions>()>;
  using Told = std::function<void()>;  // a finding was stored
  void start(Options options, Told told);
  void stop();

  struct Removed {
    std::int64_t checks = 0, snapshots = 0, files = 0;
    std::int64_t early = 0;   // of the snapshots, before their time
    std::int64_t beyond = 0;  // bytes beyond the room that may not be taken
    bool told = false;
  };
  Result<Removed> run_once(const SiteWatchOptions& options);
  EvidenceLosses& losses() { return losses_; }
  const EvidenceLosses& losses() const { return losses_; }

 private:
  struct Swept {
    std::int64_t files = 0;  // removed
    std::int64_t bytes = 0;  // of those left
  };
  Result<void> remove_snapshots(const SiteWatchOptions& options, std::int64_t bytes, Removed& out);
  Result<Swept> sweep_files(const SiteWatchOptions& options);

  store::Database& database_;
  SiteTable& sites_;
  const SnapshotFolder& folder_;
  FindingSink& sink_;
  const Clock& clock_;
  Counter& failures_;
  EvidenceLosses losses_;
  std::jthread thread_;
};

}  // namespace vedette::sites
