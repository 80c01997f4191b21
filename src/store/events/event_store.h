// EventStore: the events of all logs: durable, searchable, kept as long as they must be.
//
//   append ──> bounded queue ──> writer (1): one transaction for up to `group_rows` events or `group_wait`
//                                  │          acknowledged after DuckDB has flushed its log
//                                  v
//                       events.duckdb (today) ── seal, once a day ──> <day>-<months>-<n>.parquet (zstd,
//                       SHA-256)
//                                                                        │ removed when its time is over
//   search, histogram <── both; any thread, each on a connection of its own, ended after `search_time_max`
//
// The batches of a stream are numbered; the number reached is kept in the transaction that stores the events,
// so a sender that was not answered sends again, and what is there already is passed over. Nothing
// acknowledged is lost by a crash; nothing is stored by halves. Sealing leaves at each moment one whole copy
// of a day. All calls are thread-safe; open() and the destructor are not.
//
// Errors: kLimit (the queue is full: say 429 or wait), kUnavailable (disk full, I/O: nothing of the batch was
// kept), kTimeout (a search took too long), kUnsupported (no DuckDB), kCorrupt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"

namespace vedette::store {

struct StoredEvent {
  std::uint64_t id = 0;              // given by the store, rising
  WallTime time{};                   // of the event, as its watch believes it (ECS @timestamp)
  WallTime received{};               // by this server's clock (ECS event.ingested); days are sealed by it
  std::string source{};              // which input
  std::string dataset{};             // ECS event.dataset: "system.auth", "sysmon"
  std::string host{};                // ECS host.name
  std::string raw{};                 // as it came; bytes that are no UTF-8 are kept too
  std::string fields{};              // JSON object of its fields; "" when `raw` is that object
  std::vector<std::string> rules{};  // ids of the rules that matched it
  int keep_months = 3;               // kept at least so long: its input's retention class
};

struct EventBatch {
  std::string
      stream;  // "<agent>/<epoch>", "<token>/<Idempotency-Key>"; "": never passed over; at most 200 bytes
  std::uint64_t number = 1;  // rises within the stream
  std::vector<StoredEvent> events{};
};
struct Appended {
  bool repeated = false;  // this number of the stream was stored before: nothing was stored now
  std::uint64_t first_id = 0;
};

struct FieldTerm {
  enum class Is { kEqual, kNotEqual, kContains, kPresent } is = Is::kEqual;
  std::string field{};  // "source.ip", "EventID"; also "source", "dataset", "host" of the event itself
  std::string value{};  // compared without case
};
struct EventQuery {
  std::optional<WallTime> from{}, to{};  // of `time`; from ≤ time < to
  std::vector<std::string> words{};      // each somewhere in the raw text, without case
  std::vector<FieldTerm> terms{};        // all of them; at most 16 with the words
  std::string rule{};
  std::string after{};  // EventPage::next of the page before
  std::size_t limit = 100;
};
struct EventPage {
  std::vector<StoredEvent> events{};  // newest first
  std::string next{};                 // "" at the end
  std::vector<std::string>
      missing{};  // sealed days that should be there and are not: the answer is not whole
};
struct EventBucket {
  WallTime from{};
  std::uint64_t events = 0;
};

struct RuleHits {
  std::string rule;
  std::uint64_t events = 0;
  WallTime last{};  // of the newest of them
};

struct EventStoreOptions {
  std::filesystem::path folder;  // made if missing (0700); nothing else in it
  std::size_t memory_bytes = 256u << 20;
  int threads = 2;
  std::size_t group_rows = 10'000;
  std::chrono::milliseconds group_wait{250};  // at most; a quarter of it without company ends the waiting
  std::size_t queue_bytes = 64u << 20;        // of events that wait for the writer
  std::uint64_t disk_reserve = 1u << 30;      // less free space than this: nothing more is taken
  std::uint64_t size_max = 0;                 // of all sealed days; 0: no bound
  bool drop_oldest =
      false;  // without room: remove the oldest sealed day before its time, or take nothing more
  std::chrono::milliseconds search_time_max{10'000};
};

class EventStore {
 public:
  static constexpr std::size_t kPageMax = 1000, kTermsMax = 16, kBucketsMax = 1000, kStreamBytesMax = 200,
                               kRulesMax = 10'000, kBackMax = 20'000;

  virtual ~EventStore() = default;

  virtual std::future<Result<Appended>> append(EventBatch batch) = 0;
  virtual Result<EventPage> search(const EventQuery& query) = 0;
  // `buckets` equal parts of from…to, which must be given.
  virtual Result<std::vector<EventBucket>> histogram(const EventQuery& query, std::size_t buckets) = 0;
  virtual Result<StoredEvent> get(std::uint64_t id) = 0;
  // The newest `limit` (at most kBackMax) of the events that were given an id below `before`, newest first,
  // by id and so by receipt: for walking back through everything. Empty: there are none below.
  virtual Result<std::vector<StoredEvent>> back(std::uint64_t before, std::size_t limit) = 0;
  // How many events of from…to each rule matched, most first; at most kRulesMax rules.
  virtual Result<std::vector<RuleHits>> rule_hits(WallTime from, WallTime to) = 0;

  // Seals days that are over and removes what is old. Call it every few minutes; long after midnight.
  struct Kept {
    std::vector<std::string> sealed, removed;  // file names
    std::vector<std::string> removed_early;    // before their time, for room: somebody must know
  };
  virtual Result<Kept> keep_house() = 0;

  struct Status {
    std::uint64_t queued_events = 0, queued_bytes = 0, refused_batches = 0;
    std::uint64_t stored_events = 0, repeated_batches = 0, commits = 0,
                  failed_commits = 0;  // since the start
    std::uint64_t open_events = 0, sealed_events = 0, open_bytes = 0, sealed_bytes = 0;
    std::optional<WallTime> oldest;
    bool disk_full = false;
  };
  virtual Status status() = 0;
};

Result<std::unique_ptr<EventStore>> open_event_store(EventStoreOptions options, const Clock& clock,
                                                     Metrics& metrics);

}  // namespace vedette::store
