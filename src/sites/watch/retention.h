// Retention: how long checks and snapshots are kept. One thread, once at start and then every hour.
//
// Checks without anything remarkable go after a day, the others and snapshots after `snapshot_retention`;
// beyond `snapshot_bytes_max` the oldest snapshots go first. Never deleted: what a site's findings show as
// before and after while that question is open, the newest snapshot and the reference of every site,
// and approved versions. Files without a row go when they are an hour old (a younger one may be waiting for
// its row).
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "sites/watch/site_table.h"
#include "sites/watch/site_watch.h"
#include "sites/watch/snapshots.h"
#include "store/database.h"

namespace vedette::sites {

class Retention {
 public:
  Retention(store::Database& database, SiteTable& sites, const Clock& clock, Metrics& metrics);
  ~Retention();
  using Options = std::function<std::shared_ptr<const SiteWatchOptions>()>;
  void start(Options options);
  void stop();

  struct Removed {
    std::int64_t checks = 0, snapshots = 0, files = 0;
  };
  Result<Removed> run_once(const SiteWatchOptions& options);

 private:
  Result<std::int64_t> remove_snapshots(const SiteWatchOptions& options);
  Result<std::int64_t> sweep_files(const SiteWatchOptions& options);

  store::Database& database_;
  SiteTable& sites_;
  const Clock& clock_;
  Counter& failures_;
  std::jthread thread_;
};

}  // namespace vedette::sites
