// HTTP/1.1 server on Boost.Beast: routing, limits, Server-Sent Events, TLS.
//
// Handlers run on a bounded pool of worker threads, never on the I/O threads, and may block for a database
// read. When the pool's queue is full the server answers 503 with Retry-After and counts it. Every request is
// limited in header size, body size (per route) and time. A client that is slow to send is answered 408, one
// that is slow to read is cut off; neither holds a worker, and all answers that wait for their readers share
// one bound. A handler that must wait for something else answers later and holds no worker meanwhile. The TLS
// certificate may be replaced at run time without dropping a connection. A handler's exception becomes a 500.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"

namespace vedette::net {

enum class Method { kGet, kPost, kPut, kPatch, kDelete };
std::string_view to_string(Method method);

// Header names are compared without case; stored as received.
class Headers {
 public:
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Request {
  Method method = Method::kGet;
  std::string path;                               // percent-decoded, without query
  std::map<std::string, std::string> parameters;  // {name} parts of the route's pattern
  std::map<std::string, std::string> query;       // last value wins
  Headers headers;
  std::string body;
  std::string remote_address;  // the peer's, or the trusted proxy's X-Forwarded-For
  bool secure = false;         // TLS here, or X-Forwarded-Proto: https of a trusted proxy
  // SHA-256 (hex) of the certificate the client proved to hold and TlsFiles::client_authority_path signed;
  // empty: it showed none.
  std::string client_certificate;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // Of the server's own refusals (own_answers.h): which it is, and its arguments, for the wrap; empty: a
  // handler's answer.
  std::string refusal = {};
  std::map<std::string, std::string> refusal_arguments = {};

  static Response json(int status, std::string body);
  static Response html(int status, std::string body);
  static Response text(int status, std::string body);
  static Response empty(int status);
  // RFC 9457 application/problem+json. `detail` says what is wrong and what to do.
  static Response problem(int status, std::string_view title, std::string_view detail);
};

// A live stream of Server-Sent Events to one client. publish() is thread-safe and never blocks: a client
// whose queue (`bound` events) is full is disconnected and counted; it reconnects and re-reads.
struct ServerEvent {
  std::string name;  // "alert", "site", "heartbeat"
  std::string data;  // JSON, one line
};
class EventHub {
 public:
  virtual ~EventHub() = default;
  virtual void publish(const ServerEvent& event) = 0;
  virtual std::size_t clients() const = 0;
};

using Handler = std::function<Response(const Request&)>;

// The answer of a handler that does not wait for it: whoever has it gives it, from any thread, once. give()
// never blocks. One that is dropped is a 500, so that no client waits for ever; those that are open when the
// server stops are answered 503, and what is given afterwards goes nowhere.
class LaterAnswer {
 public:
  class Open;  // later_answer.h
  explicit LaterAnswer(std::shared_ptr<Open> open);
  LaterAnswer(LaterAnswer&& other) noexcept;
  LaterAnswer& operator=(LaterAnswer&&) = delete;
  ~LaterAnswer();
  void give(Response response);

 private:
  std::shared_ptr<Open> open_;  // null: given
};
// The request is there until it returns.
using LaterHandler = std::function<void(const Request&, LaterAnswer)>;

// Decides whether this request may open a stream: nothing lets it in, a response refuses it.
using StreamGate = std::function<std::optional<Response>(const Request&)>;

struct Route {
  Method method = Method::kGet;
  std::string pattern;  // "/api/v1/sites/{id}"; a last part "{path...}" takes the rest
  Handler handler = {};
  std::size_t body_bytes_max = 64 * 1024;
  StreamGate stream_gate = {};  // set: this route is a stream of the server's EventHub, `handler` is not used
  LaterHandler later_handler = {};  // set: it answers, and `handler` is not used
};

struct TlsFiles {
  std::string certificate_path;  // PEM chain
  std::string key_path;          // PEM
  // PEM of the authority whose client certificates are asked for; empty: none is. A client may come without
  // one (Request::client_certificate tells); one that shows another authority's is refused in the handshake.
  std::string client_authority_path = {};
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;  // 0: any free one, see port()
  std::optional<TlsFiles> tls = {};
  std::vector<std::string>
      trusted_proxies;  // addresses or networks (10.0.0.0/8) whose X-Forwarded-* are believed
  std::size_t io_threads = 1;
  std::size_t worker_threads = 4;
  std::size_t worker_queue = 1024;
  std::size_t later_answers_max = 512;  // open at a time; beyond it 503
  std::size_t connections_max = 10'000;
  std::size_t streams_max = 2'000;
  std::size_t stream_queue = 256;
  std::size_t header_bytes_max = 16 * 1024;
  // A request's header from its first byte; then its body, plus the time the body takes at
  // bytes_per_second_min. How many bytes come meanwhile does not matter.
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};
  // A whole answer, plus the time it takes at bytes_per_second_min; of a stream one piece of at most 64 KiB.
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t bytes_per_second_min = 32 * 1024;
  std::size_t answer_bytes_max = 256u << 20;   // all answers being written; beyond it large ones are 503
  std::chrono::milliseconds heartbeat{5'000};  // ": comment" plus event "heartbeat" on every stream
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  // Binds and begins to serve. Errors name address, port and cause.
  virtual Result<void> start() = 0;
  // Stops accepting, finishes what runs (at most `grace`), closes streams.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  virtual std::uint16_t port() const = 0;
  virtual Result<void> reload_tls(const TlsFiles& files) = 0;
  virtual EventHub& events() = 0;
};

// `wrap` sees every response before it goes out (security headers, access log); may be empty. It runs on an
// I/O thread: it must be quick, must not block and must be thread-safe. A request refused before routing
// comes with an empty path.
using Wrap = std::function<void(const Request&, Response&)>;
Result<std::unique_ptr<HttpServer>> make_http_server(HttpServerOptions options, std::vector<Route> routes,
                                                     Wrap wrap, const Clock& clock, Metrics& metrics);

}  // namespace vedette::net
