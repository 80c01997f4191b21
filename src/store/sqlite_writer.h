// The one thread that writes. Takes writes from a bounded queue and puts those that wait together into one
// transaction: one fsync for all. Each runs in a savepoint, so one that fails is rolled back alone. Nobody is
// told "done" before the COMMIT has returned; when the COMMIT fails, everybody in it is told so and nothing
// of it stays.
#pragma once

#include <future>
#include <thread>

#include "base/bounded_queue.h"
#include "store/sqlite_connection.h"

namespace vedette::store {

class SqliteWriter {
 public:
  SqliteWriter(std::unique_ptr<SqliteConnection> connection, const DatabaseOptions& options,
               const Clock& clock, Metrics& metrics);
  ~SqliteWriter();  // writes that were taken are still done

  // Waits for room when the queue is full. Any thread but the writer's own.
  std::future<Result<void>> submit(Database::Write work);

  std::size_t queue_depth() const { return queue_.size(); }
  std::size_t queue_capacity() const { return queue_.capacity(); }
  std::uint64_t commits() const { return commits_; }
  std::uint64_t writes() const { return writes_; }

 private:
  struct Pending {
    Database::Write work;
    std::promise<Result<void>> done;
  };
  struct Outcome {
    std::promise<Result<void>> done;
    Result<void> result;
  };
  void run();
  void run_group(Pending first);
  Result<void> run_one(const Database::Write& work);
  void settle(std::vector<Outcome>& group, const Result<void>& committed);

  std::unique_ptr<SqliteConnection> connection_;
  const std::size_t group_max_;
  const Clock& clock_;
  BoundedQueue<Pending> queue_;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> writes_ = 0;
  Counter& commits_total_;
  Counter& writes_total_;
  Counter& failures_total_;
  Gauge& depth_;
  Histogram& commit_seconds_;
  std::jthread thread_;  // last: starts when all above is there
};

}  // namespace vedette::store
