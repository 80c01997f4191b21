// LogWatch: events in, detected and stored, findings out.
//
//   submit ──> bounded queue of a lane ──> lane (n): read → match → event store (asynchronous)
//                                             │ in the order they were given
//                                             v
//                                 acknowledger (1): waits for the store, reports findings, then answers the
//                                 sender
//
// An event's time is its own where it tells one that is believed (event_time.h), else that of its receipt;
// correlations run on it (correlate.h), and it is stored beside the time of receipt.
//
// A sender's batches always go the same lane, in order. A batch is acknowledged when its events are durable
// in the event store and its findings at the desk; if either fails it is refused whole and may be sent again:
// the store passes over what it has, and the findings of an event that was stored before are not made again
// unless its batch was never acknowledged. Rules are matched by one snapshot for a batch.
//
// A rule that is switched off is asked like the others, and what it would have found is only counted.
//
// Beside the rules, every event is held against the indicators of advisories in force (watch_list.h). What
// was met stands with the event like a rule, by the advisory's id.
//
// submit(), use_rules(), switch_off(), status(), blind() by any thread. Limits: queue_bytes waiting in all
// lanes together (more is refused with kLimit), kEventBytesMax an event, kSendersMax senders remembered.
#pragma once

#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "logs/read/event_time.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"
#include "logs/read/zone.h"
#include "logs/sigma/correlate.h"
#include "logs/watch/event_kinds.h"
#include "logs/watch/log_batch.h"
#include "logs/watch/match_reports.h"
#include "logs/watch/seen_sample.h"
#include "logs/watch/sender_rate.h"
#include "logs/watch/watch_list.h"
#include "model/finding_sink.h"
#include "store/events/event_store.h"

namespace vedette::logs {

struct LogWatchOptions {
  std::size_t lanes = 2;
  std::size_t queue_bytes = 64u << 20;
  std::size_t queue_batches = 4096;         // a lane
  std::size_t memo_bytes = 16u << 20;       // a lane: what earlier values led to
  Severity alert_from = Severity::kMedium;  // hits of lower rules are only kept with the event
  std::chrono::milliseconds repeat_after{10'000};
  Zone zone{};         // of times that tell none
  TimeBounds times{};  // in which an event's own time is believed
  std::chrono::milliseconds lateness{
      10'000};                    // how long after its time an event may come and still be in order
  std::uint64_t cost_every = 61;  // of every so many events the asking of each rule is timed
};

class LogWatch {
 public:
  static constexpr std::size_t kSendersMax = 10'000, kExcerptBytesMax = 2048, kKindEvery = 8;

  static Result<std::unique_ptr<LogWatch>> start(LogWatchOptions options,
                                                 std::shared_ptr<const RuleSnapshot> rules,
                                                 store::EventStore& store, FindingSink& sink,
                                                 const Clock& clock, Metrics& metrics);
  ~LogWatch();

  struct Taken {
    std::size_t events = 0;
    bool repeated = false;
  };
  // `done` is called once, by the acknowledger's thread or by this one: it must be quick.
  using Done = std::move_only_function<void(Result<Taken>)>;
  void submit(LogBatch batch, Done done);
  std::future<Result<Taken>> submit(LogBatch batch);
  void use_rules(std::shared_ptr<const RuleSnapshot> rules);
  std::shared_ptr<const RuleSnapshot> rules() const;
  // Their ids, in place of those before.
  using RuleIds = std::set<std::string, std::less<>>;
  void switch_off(RuleIds rules);
  // In place of the list before; from the next batch on. Any thread.
  void use_watch_list(std::shared_ptr<const WatchList> list);
  // Which of rules()->facts cannot fire as things are, by their numbers.
  std::vector<sigma::Blind> blind(const RuleSnapshot& rules) const { return seen_.blind(rules); }
  // For reading an event as the watch reads it.
  ReaderContext reading() const { return {clock_, options_.zone, patterns_}; }

  struct SenderStatus {
    LogSender sender;
    std::uint64_t events = 0, unparsed = 0, cut = 0, hits = 0;
    // Of `events`: told no time that could be read; one too far ahead, too long ago (in all three the time of
    // receipt was taken); came behind the correlations' watermark.
    std::uint64_t untimed = 0, times_ahead = 0, times_old = 0, late = 0;
    WallTime first_at{}, last_at{};
    SenderRate rate;
    EventKinds kinds;  // of large batches one event in kKindEvery is looked at and stands for the others
    // From the newest event's own time to its receipt, in the last batch that told times; negative: the
    // sender's clock is ahead.
    std::optional<std::chrono::milliseconds> lag{};
    std::vector<std::string> samples;  // of what could not be read, at most 5
  };
  struct RuleStatus {
    std::uint64_t hits = 0, hits_while_off = 0;
    WallTime last_at{};                     // of the last hit; not set where there are none
    std::uint64_t timed = 0, timed_ns = 0;  // of one in `cost_every` events: asked so often, took so long
  };
  struct Status {
    std::uint64_t events = 0, hits = 0, advisory_hits = 0, refused = 0, failed = 0;
    std::size_t queued_bytes = 0;
    std::vector<SenderStatus> senders;
    std::map<std::string, RuleStatus> rules;  // by id; those that hit or were timed
    std::uint64_t cost_every = 0;
    sigma::Correlator::Counters correlations;
    std::size_t correlation_groups = 0;
  };
  Status status() const;

 private:
  struct Job {
    LogBatch batch;
    std::size_t bytes = 0;
    Done done;
  };
  struct Stored {
    std::future<Result<store::Appended>> appended;
    std::vector<std::pair<std::size_t, LogHit>> hits;  // position of the event in the batch
    std::size_t events = 0, bytes = 0;
    Done done;
  };
  struct Lane;
  // The correlations of one snapshot and what they have counted.
  struct Correlating {
    explicit Correlating(std::shared_ptr<const RuleSnapshot> of, std::chrono::milliseconds lateness)
        : rules(std::move(of)), correlator(rules->set, rules->pipelines, {.lateness = lateness}) {}
    const std::shared_ptr<const RuleSnapshot> rules;
    std::mutex mutex;
    sigma::Correlator correlator;  // under the mutex
  };
  LogWatch(LogWatchOptions options, std::shared_ptr<const RuleSnapshot> rules, PatternSet patterns,
           store::EventStore& store, FindingSink& sink, const Clock& clock);
  void run(Lane& lane);
  void process(Lane& lane, Job job);
  // Calls `take` with each event of the batch, its bytes, whether it could be read, and whether its fields
  // are to be stored beside them.
  template <class Take>
  void read_events(Lane& lane, LogBatch& batch, std::uint64_t& cut, const Take& take) const;
  void acknowledge(const std::stop_token& stop);
  void answer(Stored stored);
  // Lets the correlations know what time it is, and reports what they found and what repeats.
  void settle();
  WallTime read_until() const;  // what was received before was read
  std::uint64_t events_before(const std::string& sender) const;
  void expose(Metrics& to) const;

  const LogWatchOptions options_;
  const PatternSet patterns_;
  store::EventStore& store_;
  FindingSink& sink_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<Correlating>> rules_;  // of the snapshot in force
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<std::shared_ptr<const RuleIds>> off_{std::make_shared<const RuleIds>()};
  std::atomic<std::shared_ptr<const WatchList>> watch_list_{WatchList::make({}, {})};
  std::atomic<std::uint64_t> events_{0}, hits_{0}, advisory_hits_{0}, refused_{0}, failed_{0},
      times_refused_{0}, late_{0};
  SeenSample seen_;

  mutable std::mutex mutex_;  // of these two
  std::map<std::string, SenderStatus> senders_;
  std::map<std::string, RuleStatus> rule_status_;

  MatchReports reports_;             // these two are the acknowledger's alone
  std::vector<Finding> unreported_;  // the desk was away
  BoundedQueue<Stored> stored_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::jthread acknowledger_;
};

}  // namespace vedette::logs
