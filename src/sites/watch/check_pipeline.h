// CheckPipeline: schedule → fetcher → judge pool → committer, and back to the schedule.
//
// Threads: one that watches the schedule and hands out fetches, the fetcher's own, `judge_threads` that
// examine. A site is in exactly one place at a time: in the schedule or on its way through. At most
// `in_flight_max` checks are on their way, which bounds every queue behind the schedule; a check that finds
// no room stays due and is late. More than 30 s late is a finding of its own (watch_late). Confirming fetches
// go first, and have room of their own, so that a late watch still confirms in time.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "net/fetcher.h"
#include "sites/watch/committer.h"
#include "sites/watch/examiner.h"
#include "sites/watch/inner_hosts.h"
#include "sites/watch/profile_cache.h"
#include "sites/watch/render_due.h"
#include "sites/watch/schedule.h"
#include "sites/watch/site_table.h"
#include "sites/watch/snapshots.h"

namespace vedette::sites {

// Lent to the pipeline and the slow rota by the watch.
struct WatchParts {
  SiteTable& sites;
  ProfileCache& profiles;
  Committer& committer;
  SnapshotFolder& snapshots;
  net::Fetcher& fetcher;
  store::Database& database;
  const Clock& clock;
  Metrics& metrics;
  std::function<std::shared_ptr<const SiteWatchOptions>()> options;
  std::function<void(const std::string& site_id)> changed;            // after the commit
  std::function<void(const std::string& site_id, LookDue due)> look;  // in a browser; empty: there is none
  std::atomic<std::size_t>* bodies_held = nullptr;  // bytes that wait for a judge, told to the fetcher
  const InnerHosts* inner_hosts = nullptr;          // nothing: the outside leads nowhere inside
};

// The request of one check; also what the slow rota's fetches start from. Borrows `inner`.
net::FetchRequest request_for(const Site& site, const SiteWatchOptions& options, const InnerHosts* inner);

class CheckPipeline {
 public:
  explicit CheckPipeline(WatchParts parts);
  ~CheckPipeline();
  void start(std::size_t judge_threads);
  void stop();

  void schedule_in(const std::string& id, std::chrono::milliseconds delay);
  void schedule_first(const Site& site);  // spread out, or when it was due before the restart
  void check_now(const std::string& id);
  void unschedule(const std::string& id);

  std::size_t in_flight() const;
  std::size_t in_flight_max() const { return kInFlightMax; }
  std::chrono::milliseconds late() const;  // of the check that waits longest
  std::size_t judge_depth() const { return judge_queue_.size(); }
  std::size_t judge_capacity() const { return judge_queue_.capacity(); }
  std::uint64_t refused() const { return refused_count_; }

 private:
  static constexpr std::size_t kInFlightMax = 1024;
  static constexpr std::size_t kConfirmingMax = 64;  // beside these
  static constexpr std::size_t kQueuedBytesMax = 32u << 20;
  struct Work {
    RecordPtr record;
    Observation observation;
    bool probed = false;  // the chain of a refused certificate was already asked for
  };
  void run_schedule(std::stop_token stop);
  void dispatch(const std::string& id);
  void fetched(RecordPtr record, Observation observation, bool probed);
  void run_judge();
  void judge(Work work);
  bool probe_certificate(Work& work);
  void keep_page(Examined& examined, const SiteRecord& before, const net::FetchResult& fetch);
  void finished(const std::string& id, std::chrono::milliseconds next, bool confirm = false);
  void watch_lateness();

  WatchParts parts_;
  Counter& checks_;
  Counter& refused_;
  Histogram& took_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  Schedule schedule_;
  Jitter jitter_;
  std::unordered_map<std::string, bool> on_the_way_;  // value: check again as soon as it is back
  BoundedQueue<Work> judge_queue_{kInFlightMax + kConfirmingMax, Overflow::kRefuse};
  std::atomic<std::size_t> own_count_ = 0;
  std::atomic<std::size_t>& queued_bytes_ = parts_.bodies_held != nullptr ? *parts_.bodies_held : own_count_;
  std::atomic<std::uint64_t> refused_count_ = 0;
  OpenQuestions lateness_;
  std::jthread schedule_thread_;
  std::vector<std::jthread> judge_threads_;
};

}  // namespace vedette::sites
