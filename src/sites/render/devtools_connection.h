// DevtoolsConnection: the DevTools protocol on the two pipes of one Chromium: JSON messages, each ended by a
// NUL byte.
//
// One thread of its own reads and hands every message to the Inbox of the page it belongs to: replies by
// their id, events by their session. Sessions of frames and workers that attach below a known session join
// its inbox by themselves. An inbox is bounded in messages and bytes: a page that floods it loses events
// (counted), never replies. All calls are thread-safe. When the pipe ends or a message is longer than the
// limit, every inbox is closed.
#pragma once

#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/bounded_queue.h"
#include "base/result.h"

namespace vedette::sites {

struct DevtoolsMessage {
  int id = 0;                // of the command this answers; 0: an event
  std::string session;       // empty: the browser's own
  std::string method;        // of an event
  std::string error;         // of a failed command
  boost::json::object body;  // "params" of an event, "result" of an answer
  std::size_t bytes = 0;
};

class DevtoolsInbox {
 public:
  static constexpr std::size_t kEventsMax = 4'096;
  static constexpr std::size_t kBytesMax = 64u << 20;

  std::optional<DevtoolsMessage> pop_for(std::chrono::milliseconds wait);
  bool closed() const { return queue_.closed(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  friend class DevtoolsConnection;
  void push(DevtoolsMessage message);
  BoundedQueue<DevtoolsMessage> queue_{kEventsMax * 2, Overflow::kRefuse};
  std::atomic<std::size_t> bytes_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
};

class DevtoolsConnection {
 public:
  static constexpr std::size_t kMessageBytesMax = 64u << 20;

  DevtoolsConnection(int read_fd, int write_fd);  // takes both
  ~DevtoolsConnection();                          // closes them and joins the reader
  DevtoolsConnection(const DevtoolsConnection&) = delete;
  DevtoolsConnection& operator=(const DevtoolsConnection&) = delete;

  // The id under which the answer will come to `inbox`. kUnavailable: the pipe is closed or does not drain.
  Result<int> send(const std::shared_ptr<DevtoolsInbox>& inbox, std::string_view session,
                   std::string_view method, boost::json::object params);
  void join(const std::string& session, const std::shared_ptr<DevtoolsInbox>& inbox);
  // Forgets the inbox: what still comes for it is dropped.
  void leave(const std::shared_ptr<DevtoolsInbox>& inbox);
  bool closed() const { return closed_; }

 private:
  void read_loop(std::stop_token stop);
  void route(std::string_view text);
  void close_all();

  int read_fd_, write_fd_, wake_fd_;
  std::atomic<bool> closed_ = false;
  std::mutex write_mutex_;
  std::mutex mutex_;
  int next_id_ = 1;
  std::unordered_map<int, std::shared_ptr<DevtoolsInbox>> answers_;
  std::unordered_map<std::string, std::shared_ptr<DevtoolsInbox>> sessions_;
  std::jthread reader_;
};

}  // namespace vedette::sites
