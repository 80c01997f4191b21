// StreamHub: fans events out to the open Server-Sent Events connections.
//
// publish() formats the event once and puts a reference into each client's bounded queue; it never waits for
// a client. A client whose queue is full is marked lost: its connection sees that at the next wake-up and
// closes. All calls are thread-safe; `wake` is called from publish(), must not block, and runs at most once
// per take().
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "net/http_server.h"

namespace vedette::net {

// The event in wire form (WHATWG "server-sent events"): line ends inside name or data cannot break out of the
// field.
std::string format_event(const ServerEvent& event);

class EventStream {
 public:
  EventStream(std::size_t bound, std::function<void()> wake)
      : queue_(bound, Overflow::kRefuse), wake_(std::move(wake)) {}

  // Everything waiting, up to about `bytes_max`; empty: nothing is there.
  std::string take(std::size_t bytes_max);
  // An event was refused: the client must reconnect and read again.
  bool lost() const { return queue_.dropped() > 0; }

 private:
  friend class StreamHub;
  using Line = std::shared_ptr<const std::string>;
  bool push(const Line& line);

  BoundedQueue<Line> queue_;
  std::function<void()> wake_;
  std::atomic<bool> woken_ = false;
};

class StreamHub final : public EventHub {
 public:
  StreamHub(std::size_t streams_max, std::size_t bound, Metrics& metrics);

  void publish(const ServerEvent& event) override;
  std::size_t clients() const override;

  // Nothing: the limit of open streams is reached (counted).
  std::shared_ptr<EventStream> open(std::function<void()> wake);
  void close(const std::shared_ptr<EventStream>& stream);

 private:
  const std::size_t streams_max_;
  const std::size_t bound_;
  Counter& slow_;
  Counter& refused_;
  Gauge& open_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<EventStream>> streams_;
};

}  // namespace vedette::net
