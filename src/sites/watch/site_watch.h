// SiteWatch: the running site watch. It keeps the schedule, fetches, judges, keeps snapshots and reports
// findings to the sink it was given. All calls are thread-safe and durable when they return.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "model/finding_sink.h"
#include "sites/watch/site.h"
#include "store/database.h"

namespace vedette::sites {

struct SiteWatchOptions {
  std::filesystem::path snapshot_folder;
  std::filesystem::path key_file;  // seals the sites' secrets; empty: beside the database, the desk's
  std::chrono::seconds default_interval{60};
  int learn_fetches = 8;
  std::size_t fetch_parallel = 512;
  std::size_t fetch_per_host = 4;
  std::size_t judge_threads = 2;
  std::size_t page_bytes_max = 8u << 20;
  std::chrono::milliseconds fetch_timeout{20'000};
  bool allow_loopback = false;
  std::vector<std::string> inner_hosts;    // pages of the outside may lead there; see inner_hosts.h
  std::vector<std::string> dns_resolvers;  // "address" or "address:port"; empty: the system's
  std::chrono::seconds dns_interval{300};
  std::chrono::seconds resource_interval{
      600};  // a budgeted part of the page's scripts and stylesheets each time
  std::chrono::seconds cloak_interval{3600};
  std::chrono::seconds render_interval{6 * 3600};
  std::chrono::seconds learn_interval{
      15};                                 // between fetches while a site is learnt; never above its interval
  std::chrono::seconds confirm_after{5};   // CRITICAL is confirmed by a second fetch
  std::chrono::seconds failure_retry{10};  // after a failure, until the site is called down or back
  int full_fetch_every = 10;               // a 304 is never trusted longer than this many checks
  std::string proxy;
  std::string user_agent;
  std::string ca_file;
  std::string chromium;  // path; empty: look for one; "none": do not render
  bool ocr = true;
  std::chrono::milliseconds look_timeout{20'000};  // of a page in the browser, and of reading its picture
  std::chrono::hours snapshot_retention{24 * 90};
  std::uint64_t snapshot_bytes_max = 10ull << 30;
};

struct Paging {  // of a listing
  std::string cursor;
  std::size_t limit = 100;
};
template <class T>
struct Listing {
  std::vector<T> items;
  std::string next_cursor;  // empty: that was all
};

struct Sight {       // what this watch can and cannot see now
  std::string what;  // message key: "sites.sight.rendering"
  bool ok = true;
  std::string reason;                            // message key; empty when ok
  std::map<std::string, std::string> arguments;  // of both messages
};

struct Queue {
  std::string name;
  std::size_t depth = 0, capacity = 0;
  std::uint64_t dropped = 0;
};

class SiteWatch {
 public:
  virtual ~SiteWatch() = default;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
  virtual void reload(const SiteWatchOptions& options) = 0;  // takes effect from the next check on

  // Runs inside the transaction that stores a change (the caller's audit row), with the site's id; when it
  // fails, nothing of the change is kept. On another thread, before the call returns.
  using Alongside = std::function<Result<void>(store::Session&, const std::string& site_id)>;

  virtual Result<Site> add(const SiteConfig& config,
                           const Alongside& also = {}) = 0;  // kConflict: the address is watched already
  virtual Result<Site> update(const std::string& id, const SiteConfig& config,
                              const Alongside& also = {}) = 0;
  virtual Result<void> remove(const std::string& id, const Alongside& also = {}) = 0;
  virtual Result<Site> get(const std::string& id) = 0;
  struct Query {
    std::string text, state, tag;
    Paging page;
  };
  virtual Result<Listing<Site>> list(const Query& query) = 0;

  virtual Result<void> check_now(const std::string& id) = 0;
  virtual Result<Listing<Check>> checks(const std::string& id, const Paging& page) = 0;
  virtual Result<Listing<Snapshot>> snapshots(const std::string& id, const Paging& page) = 0;
  virtual Result<std::string> snapshot_content(const std::string& snapshot_id, Snapshot* meta) = 0;
  virtual Result<std::vector<CompareBlock>> compare(const std::string& before_id,
                                                    const std::string& after_id) = 0;

  virtual Result<void> approve(const std::string& id, const std::string& snapshot_id, const std::string& by,
                               const Alongside& also = {}) = 0;
  virtual Result<IgnoreRule> ignore(const std::string& id, const std::string& where,
                                    const std::string& reason, const std::string& by,
                                    const Alongside& also = {}) = 0;
  virtual Result<void> unignore(const std::string& id, const std::string& rule_id, const std::string& by,
                                const Alongside& also = {}) = 0;
  virtual Result<std::vector<IgnoreRule>> ignores(const std::string& id) = 0;
  // A deploy or maintenance window: what changes inside it is learnt and reported as informational.
  virtual Result<void> open_window(const std::string& id, std::chrono::minutes length,
                                   const std::string& reason, const std::string& by,
                                   const Alongside& also = {}) = 0;
  virtual Result<void> close_window(const std::string& id, const std::string& by,
                                    const Alongside& also = {}) = 0;

  // TLS, DNS and linked resources as last seen, for the Site page; one JSON object.
  virtual Result<std::string> details_json(const std::string& id) = 0;
  virtual std::vector<Sight> sights() = 0;  // of the watch as a whole
  virtual Result<std::vector<Sight>> site_sights(const std::string& id) = 0;
  virtual std::vector<Queue> queues() = 0;

  // Called (on any thread) after a site's stored state changed: for the live console.
  using Changed = std::function<void(const std::string& site_id)>;
  virtual void on_change(Changed changed) = 0;
};

std::span<const store::Migration> site_migrations();

std::unique_ptr<SiteWatch> make_site_watch(SiteWatchOptions options, store::Database& database,
                                           FindingSink& sink, const Clock& clock, Metrics& metrics);

}  // namespace vedette::sites
