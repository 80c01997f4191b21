// What every connection of one HTTP server shares. Owned by the server; connections borrow it. Thread-safe.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "net/forwarded.h"
#include "net/http_server.h"
#include "net/later_answer.h"
#include "net/router.h"
#include "net/stream_hub.h"
#include "net/worker_pool.h"

namespace vedette::net {

// Counters of the server. Routes are known by their index in the router; kNoRoute is for 404 and broken
// requests.
class ServerMetrics {
 public:
  static constexpr std::size_t kNoRoute = static_cast<std::size_t>(-1);

  ServerMetrics(Metrics& metrics, const Router& router);
  void answered(std::size_t route, std::string_view method, int status, std::chrono::duration<double> took);
  Counter& refused(const std::string& reason);
  void connections(double change) { connections_.add(change); }
  // Connections ever accepted and served; for tests and load figures.
  void accepted() { accepted_.add(); }

 private:
  struct Row {
    std::string pattern;
    Histogram* seconds = nullptr;
    std::map<std::pair<std::string, int>, Counter*> by_status;
  };
  Metrics& metrics_;
  Gauge& connections_;
  Counter& accepted_;
  std::mutex mutex_;
  std::vector<Row> rows_;  // one more than routes: the last is for kNoRoute
};

class Connection {
 public:
  virtual ~Connection() = default;
  // On the lane's thread. Ends an idle connection or a stream; one that works on a request ends after its
  // answer.
  virtual void wind_down() = 0;
};

// One I/O thread with its own io_context; a connection stays on its lane, so its state needs no lock.
struct IoLane {
  boost::asio::io_context context{1};
  std::unordered_set<Connection*> connections;  // touched on this lane's thread only
  std::jthread thread;
};

struct ServerCore;

// The room that one answer takes until its client has read it.
class AnswerRoom {
 public:
  AnswerRoom(ServerCore& core, std::size_t bytes);
  ~AnswerRoom();
  AnswerRoom(const AnswerRoom&) = delete;
  AnswerRoom& operator=(const AnswerRoom&) = delete;
  bool granted() const { return granted_; }

 private:
  ServerCore& core_;
  const std::size_t bytes_;
  bool granted_;
};

struct ServerCore {
  ServerCore(HttpServerOptions options_in, Router router_in, Wrap wrap_in, TrustedProxies proxies_in,
             const Clock& clock_in, Metrics& metrics_in);

  // Fills in and runs `route`'s handler; every exception becomes a 500 and a log line. On a worker thread.
  Response handle(const Route& route, const Request& request) const;
  // The same for a route that answers later: `deliver` is called once, perhaps before this returns. The
  // request's body is given up when the handler is done with it.
  void handle_later(const Route& route, Request& request, LaterAnswer::Open::Deliver deliver);
  void opened();
  void closed();
  // Waits until no connection is open, at most `grace`.
  void wait_closed(std::chrono::milliseconds grace);
  // Lets `wrap` see the response. Never throws.
  void finish(const Request& request, Response& response) const;

  const HttpServerOptions options;
  const Router router;
  const Wrap wrap;
  const TrustedProxies proxies;
  const Clock& clock;
  ServerMetrics metrics;
  StreamHub hub;
  const std::shared_ptr<OpenAnswers> open_answers;              // shared with answers that outlive the server
  std::atomic<std::shared_ptr<boost::asio::ssl::context>> tls;  // none: plain HTTP
  std::atomic<std::size_t> open = 0;                            // connections
  std::atomic<std::size_t> answer_bytes = 0;                    // being written
  std::mutex open_mutex;
  std::condition_variable none_open;
  std::atomic<bool> stopping = false;
  WorkerPool workers;  // last: its threads end first
};

}  // namespace vedette::net
