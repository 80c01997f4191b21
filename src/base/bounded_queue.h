// BoundedQueue<T>: the only queue in Vedette. It has a capacity, a declared overflow policy and a count of
// drops.
//
// Any number of producers and consumers; all calls are thread-safe. close() wakes everybody: pop() then
// drains what is left and returns nothing; push() refuses.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace vedette {

enum class Overflow {
  kBlock,       // push() waits for room: back-pressure
  kRefuse,      // push() returns kRefused: the caller answers 429, 503 or keeps it
  kDropOldest,  // the oldest element is dropped and counted: for live views, where only the newest matters
};

enum class Push { kTaken, kTakenDroppedOldest, kRefused, kClosed };

template <class T>
class BoundedQueue {
 public:
  BoundedQueue(std::size_t capacity, Overflow overflow) : capacity_(capacity), overflow_(overflow) {
    VEDETTE_ASSERT(capacity > 0);
  }

  // What is refused is left as it was: the caller still has it.
  Push push(T&& value) {
    std::unique_lock lock(mutex_);
    if (overflow_ == Overflow::kBlock) room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return Push::kClosed;
    Push result = Push::kTaken;
    if (items_.size() >= capacity_) {
      ++dropped_;
      if (overflow_ == Overflow::kRefuse) return Push::kRefused;
      items_.pop_front();
      result = Push::kTakenDroppedOldest;
    }
    items_.push_back(std::move(value));
    lock.unlock();
    filled_.notify_one();
    return result;
  }
  Push push(const T& value) { return push(T(value)); }

  // Waits for an element; nothing once the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
    return take(lock);
  }

  template <class Rep, class Period>
  std::optional<T> pop_for(std::chrono::duration<Rep, Period> wait) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, wait, [&] { return closed_ || !items_.empty(); });
    return take(lock);
  }

  std::optional<T> try_pop() {
    std::unique_lock lock(mutex_);
    return take(lock);
  }

  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    room_.notify_all();
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }
  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  std::size_t capacity() const { return capacity_; }
  // Elements refused or dropped since the start.
  std::uint64_t dropped() const {
    std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  std::optional<T> take(std::unique_lock<std::mutex>& lock) {
    if (items_.empty()) return std::nullopt;
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return value;
  }

  const std::size_t capacity_;
  const Overflow overflow_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<T> items_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace vedette
