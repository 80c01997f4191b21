// Committer: one thread that stores what checks and operators changed, many outcomes to a transaction.
//
// push() waits for room when the store is behind: back-pressure down to the schedule. A transaction that
// fails is tried again until it succeeds or stop() is called; nothing is dropped meanwhile. Before start()
// and after stop() outcomes are stored by the caller's own thread.
//
// push_and_wait() is for a person who waits: it is a transaction of its own, its failure is that person's
// alone and is answered at once, also while others are tried again.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "sites/watch/site_store.h"
#include "store/database.h"

namespace vedette::sites {

class Committer {
 public:
  Committer(store::Database& database, Metrics& metrics);
  ~Committer();

  using Stored =
      std::function<void()>;  // on the committer's thread, after the commit: quick, takes no record lock
  void start(Stored after_batch);
  void stop();  // stores what is queued

  void push(Outcome outcome, Stored stored);
  Result<void> push_and_wait(Outcome outcome,
                             store::Database::Write also = {});  // `also`: in the same transaction

  std::size_t depth() const { return queue_.size(); }
  std::size_t capacity() const { return queue_.capacity(); }

 private:
  struct Item {
    Outcome outcome;
    Stored stored;
    store::Database::Write also;
    std::shared_ptr<std::promise<Result<void>>> answer;
  };
  void run(std::stop_token stop);
  Result<void> store(std::vector<Item>& batch);
  void store_until_done(std::vector<Item>& batch, const std::stop_token& stop);
  Result<void> store_with_answer(const Outcome& outcome, const store::Database::Write& also);

  store::Database& database_;
  Counter& failures_;
  Histogram& batch_size_;
  BoundedQueue<Item> queue_{1024, Overflow::kBlock};
  Stored after_batch_;
  std::atomic<bool> running_ = false;
  std::atomic<bool> stuck_ = false;  // the newest transaction failed and is being tried again
  std::jthread thread_;
};

}  // namespace vedette::sites
