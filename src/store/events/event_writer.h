// EventWriter: the one thread that appends to the event store. Batches that arrive together share a
// transaction and its flush; a batch is acknowledged, or refused whole, through its future.
//
// submit() by any thread. The destructor writes what was taken, then ends.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "store/events/duckdb_connection.h"
#include "store/events/event_store.h"

namespace vedette::store {

class EventWriter {
 public:
  static constexpr std::size_t kStreamsMax = 100'000;
  static constexpr std::chrono::hours kStreamAgeMax{24 * 8};  // longer than a spool keeps what it has

  static Result<std::unique_ptr<EventWriter>> start(const EventStoreOptions& options,
                                                    DuckDbDatabase& database, const Clock& clock);
  ~EventWriter();

  std::future<Result<Appended>> submit(EventBatch batch);
  void fill(EventStore::Status& status) const;
  // Streams that were not heard of for kStreamAgeMax, and all but the newest number of the others.
  Result<void> forget_streams(DuckDbConnection& connection);

 private:
  struct Pending {
    EventBatch batch;
    std::size_t bytes = 0;
    std::promise<Result<Appended>> promise;
  };
  struct Stream {
    std::uint64_t number = 0;
    WallTime received{};
  };
  EventWriter(const EventStoreOptions& options, std::unique_ptr<DuckDbConnection> connection,
              const Clock& clock);
  Result<void> load();
  void run(const std::stop_token& stop);
  std::vector<Pending> take(const std::stop_token& stop);
  void store(std::vector<Pending> group);
  Result<void> commit(std::vector<StoredEvent>& events,
                      const std::vector<std::pair<std::string, Stream>>& streams);
  bool has_room();

  const EventStoreOptions options_;
  const Clock& clock_;
  const std::unique_ptr<DuckDbConnection> connection_;  // the writer's alone
  std::uint64_t next_id_ = 1;                           // the writer's alone

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any filled_;
  std::deque<Pending> queue_;
  std::size_t queued_bytes_ = 0, queued_events_ = 0;
  std::map<std::string, Stream> streams_;
  EventStore::Status counted_;
  bool disk_full_ = false;

  std::jthread thread_;
};

}  // namespace vedette::store
