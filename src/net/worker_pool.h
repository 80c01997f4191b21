// WorkerPool: a fixed number of threads that run jobs from a bounded queue. submit() may be called from any
// thread.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace vedette::net {

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  WorkerPool(std::size_t threads, std::size_t queue) : queue_(queue, Overflow::kRefuse) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (auto job = queue_.pop()) (*job)();
      });
    }
  }
  ~WorkerPool() { stop(); }

  // False: the queue is full or closed; the job is dropped.
  bool submit(Job job) { return queue_.push(std::move(job)) == Push::kTaken; }
  std::size_t waiting() const { return queue_.size(); }

  // Runs what is queued, then joins.
  void stop() {
    queue_.close();
    threads_.clear();
  }

 private:
  BoundedQueue<Job> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace vedette::net
