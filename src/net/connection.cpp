#include "net/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/log.h"
#include "net/client_stream.h"
#include "net/own_answers.h"
#include "net/wire.h"

namespace vedette::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

// Errors come back as values: a closed connection is no exception.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kStreamWriteBytes = 64 * 1024;
constexpr std::size_t kLingerBytesMax = 1 << 20;
constexpr std::chrono::seconds kLinger{2};

class ClientConnection final : public Connection, public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(ServerCore& core, IoLane& lane, tcp::socket socket,
                   std::shared_ptr<asio::ssl::context> tls, std::string peer)
      : core_(core),
        lane_(lane),
        tls_(std::move(tls)),
        stream_(make_client_stream(std::move(socket), tls_.get())),
        timer_(lane.context),
        deadline_(lane.context),
        peer_(std::move(peer)),
        buffer_(core.options.header_bytes_max + 64 * 1024) {
    lane_.connections.insert(this);
  }
  ~ClientConnection() override {
    if (events_) core_.hub.close(events_);
    lane_.connections.erase(this);
    core_.closed();
  }

  asio::awaitable<void> run() {
    bool good = true;
    if (tls_) {
      stream_->tcp().expires_after(core_.options.request_timeout);
      const error_code error = co_await stream_->handshake();
      good = !error;
      if (error == beast::error::timeout) core_.metrics.refused("timeout").add();
      if (good) client_certificate_ = stream_->proven_certificate();
    }
    buffer_.reserve(16 * 1024);
    while (good && !ending_) {
      if (buffer_.size() == 0) {
        good = co_await first_bytes();
        if (!good) break;
      }
      good = co_await one_request();
    }
    co_await end();
  }

  void wind_down() override {
    ending_ = true;
    if (idle_) stream_->tcp().cancel();
    timer_.cancel();
  }

 private:
  struct Exchange {
    Request request;
    std::size_t route = ServerMetrics::kNoRoute;
    std::string method = "GET";
    bool head = false;
    bool keep_alive = false;
    unsigned version = 11;
    steady_clock::time_point began = steady_clock::now();
  };
  using Parser = http::request_parser<http::string_body>;

  asio::awaitable<bool> first_bytes() {
    idle_ = true;
    stream_->tcp().expires_after(core_.options.idle_timeout);
    auto [error, count] = co_await stream_->read_some(buffer_.prepare(kReadBytes));
    idle_ = false;
    if (error) co_return false;
    buffer_.commit(count);
    co_return true;
  }

  // Ends the reading that follows, and only that, when the client takes too long: the socket stays open for
  // the 408. Beast's own timer closes the socket; it comes later, for a read that was between two pieces when
  // it was to be ended.
  void read_within(std::chrono::milliseconds limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([weak = weak_from_this(), turn = ++reading_](error_code cancelled) {
      auto self = weak.lock();
      if (cancelled || !self || self->reading_ != turn) return;
      self->late_ = true;
      self->stream_->tcp().cancel();
    });
    stream_->tcp().expires_after(limit + kLinger);
  }
  void has_read() {
    ++reading_;
    deadline_.cancel();
  }
  std::chrono::milliseconds time_for(std::chrono::milliseconds least, std::uint64_t bytes) const {
    return least + std::chrono::seconds(bytes / core_.options.bytes_per_second_min);
  }

  // Feeds the parser until its header, or the whole request, is there. As Beast's async_read of the stream
  // does it, without an operation composed for each kind of stream and body.
  asio::awaitable<error_code> read(Parser& parser, bool header_only) {
    parser.eager(!header_only);
    const auto done = [&] { return header_only ? parser.is_header_done() : parser.is_done(); };
    error_code error;
    while (!done()) {
      if (buffer_.size() > 0) {
        buffer_.consume(parser.put(buffer_.data(), error));
        if (!error) continue;
        if (error != http::error::need_more) co_return error;
      }
      const std::size_t room = buffer_.max_size() - buffer_.size();
      if (room == 0) co_return http::error::buffer_overflow;
      auto [failure, count] = co_await stream_->read_some(
          buffer_.prepare(std::min(room, std::max(kReadBytes, buffer_.capacity() - buffer_.size()))));
      if (failure == asio::error::eof && !parser.got_some()) co_return http::error::end_of_stream;
      if (failure && failure != asio::error::eof) co_return failure;
      buffer_.commit(count);
      if (!failure) continue;
      parser.put_eof(error);
      if (error) co_return error;
      if (!done()) co_return http::error::partial_message;
    }
    co_return error_code();
  }

  // False: the connection is to be closed.
  asio::awaitable<bool> one_request() {
    read_within(core_.options.request_timeout);
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(core_.options.header_bytes_max));
    parser.body_limit(boost::none);  // the route's limit is set once the route is known
    Exchange exchange;
    const error_code unreadable = co_await read(parser, true);
    has_read();
    if (unreadable) co_return co_await broken(exchange, unreadable);
    exchange.began = steady_clock::now();
    exchange.version = parser.get().version();
    exchange.keep_alive = parser.keep_alive() && !core_.stopping.load();
    exchange.head = parser.get().method() == http::verb::head;
    exchange.method = method_label(parser.get().method());
    auto found = route_request(core_, parser.get(), parser.chunked(), peer_, tls_ != nullptr);
    exchange.request = std::move(found.request);
    exchange.request.client_certificate = client_certificate_;
    exchange.route = found.route_index;
    if (found.refusal) {
      unread_ = !parser.is_done();
      // After a malformed request nobody can say where the next one begins.
      const bool malformed = found.refusal->status == 400 || found.refusal->status == 501;
      exchange.keep_alive = exchange.keep_alive && !unread_ && !malformed;
      co_return co_await answer(exchange, *std::move(found.refusal));
    }
    const Route& route = *found.route;

    if (!parser.is_done()) {
      const auto length = parser.content_length();
      if (length && *length > route.body_bytes_max) co_return co_await too_large(exchange, route);
      parser.body_limit(route.body_bytes_max);
      read_within(time_for(core_.options.request_timeout, length.value_or(route.body_bytes_max)));
      if (beast::iequals(parser.get()[http::field::expect], "100-continue") && buffer_.size() == 0) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        const error_code error = co_await stream_->write(kContinue, {});
        if (error) co_return false;
      }
      const error_code error = co_await read(parser, false);
      has_read();
      if (error == http::error::body_limit) co_return co_await too_large(exchange, route);
      if (error) co_return co_await broken(exchange, error);
    }
    exchange.request.body = std::move(parser.get().body());

    if (route.stream_gate) co_return co_await open_stream(exchange, route);
    auto response = co_await in_pool([this, &route, &exchange](auto deliver) {
      if (route.later_handler) return core_.handle_later(route, exchange.request, std::move(deliver));
      deliver(core_.handle(route, exchange.request));
    });
    if (!response) co_return co_await overloaded(exchange);
    co_return co_await answer(exchange, *std::move(response));
  }

  // Runs `job` on a worker, and comes back to this lane with what it delivers, then or later and wherever.
  // Nothing: the pool's queue is full.
  template <class JobFunction>
  asio::awaitable<std::optional<Response>> in_pool(JobFunction job) {
    auto submit = [this](auto handler, JobFunction work) {
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      // The connection is kept alive by its own coroutine, which waits for exactly this answer.
      const bool taken = core_.workers.submit([this, shared, work]() mutable {
        work([&context = lane_.context, shared = std::move(shared)](std::optional<Response> result) mutable {
          asio::post(context, [shared = std::move(shared), result = std::move(result)]() mutable {
            std::move (*shared)(std::move(result));
          });
        });
      });
      if (!taken) {
        asio::post(lane_.context,
                   [shared = std::move(shared)] { std::move (*shared)(std::optional<Response>()); });
      }
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<Response>)>(
        std::move(submit), asio::use_awaitable, std::move(job));
  }

  asio::awaitable<bool> overloaded(Exchange& exchange) {
    core_.metrics.refused("queue").add();
    auto response = own_answer("busy");
    response.headers.set("Retry-After", "1");
    co_return co_await answer(exchange, std::move(response));
  }

  asio::awaitable<bool> too_large(Exchange& exchange, const Route& route) {
    unread_ = true;
    exchange.keep_alive = false;
    co_return co_await answer(exchange,
                              own_answer("too_large", "most", std::to_string(route.body_bytes_max)));
  }

  // The request could not be read: answers where the client can still hear it.
  asio::awaitable<bool> broken(Exchange& exchange, error_code error) {
    const bool late = late_ && error == asio::error::operation_aborted;
    if (late || error == beast::error::timeout) core_.metrics.refused("timeout").add();
    if (late && !ending_) {
      exchange.keep_alive = false;
      unread_ = true;
      co_return co_await answer(exchange, own_answer("late"));
    }
    if (error.category() != make_error_code(http::error::bad_method).category()) co_return false;
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return false;
    exchange.keep_alive = false;
    unread_ = true;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      co_return co_await answer(
          exchange, own_answer("header_too_large", "most", std::to_string(core_.options.header_bytes_max)));
    }
    co_return co_await answer(exchange, own_answer("not_http", "why", error.message()));
  }

  asio::awaitable<bool> answer(Exchange& exchange, Response response) {
    const std::size_t bytes = response.body.size();
    AnswerRoom room(core_, bytes);
    if (!room.granted()) {
      core_.metrics.refused("answer_bytes").add();
      response = own_answer("answers_wait");
      response.headers.set("Retry-After", "5");
    }
    core_.finish(exchange.request, response);
    core_.metrics.answered(exchange.route, exchange.method, response.status,
                           steady_clock::now() - exchange.began);
    const bool keep_alive = exchange.keep_alive && !ending_ && !core_.stopping.load();
    stream_->tcp().expires_after(time_for(core_.options.write_timeout, response.body.size()));
    const std::string head = answer_head(response, exchange.version, keep_alive);
    const bool with_body = !exchange.head && may_have_body(response.status);
    const error_code failure =
        co_await stream_->write(head, with_body ? std::string_view(response.body) : std::string_view());
    if (failure == beast::error::timeout) core_.metrics.refused("slow_reader").add();
    co_return keep_alive && !failure;
  }

  asio::awaitable<bool> open_stream(Exchange& exchange, const Route& route) {
    exchange.keep_alive = false;
    bool gated = false;
    auto refusal = co_await in_pool([this, &route, &exchange, &gated](auto deliver) {
      std::optional<Response> refused;
      Route gate{.method = route.method, .pattern = route.pattern, .handler = {}, .stream_gate = {}};
      gate.handler = [&](const Request& request) {
        refused = route.stream_gate(request);
        return refused.value_or(Response::empty(200));
      };
      auto response = core_.handle(gate, exchange.request);
      gated = true;
      if (!refused && response.status == 200) return deliver(std::nullopt);
      deliver(std::move(response));
    });
    if (!gated) co_return co_await overloaded(exchange);
    if (refusal) co_return co_await answer(exchange, *std::move(refusal));

    events_ = core_.hub.open([weak = weak_from_this(), &context = lane_.context] {
      asio::post(context, [weak] {
        if (auto self = weak.lock()) self->timer_.cancel();
      });
    });
    if (!events_) {
      auto response = own_answer("streams");
      response.headers.set("Retry-After", "10");
      co_return co_await answer(exchange, std::move(response));
    }
    Response head = Response::empty(200);
    head.headers.set("Content-Type", "text/event-stream");
    head.headers.set("Cache-Control", "no-cache, no-transform");
    head.headers.set("X-Accel-Buffering", "no");
    core_.finish(exchange.request, head);
    core_.metrics.answered(exchange.route, exchange.method, 200, steady_clock::now() - exchange.began);
    exchange = {};
    buffer_ = beast::flat_buffer(kReadBytes);
    co_await pump(stream_head(head));
    co_return false;
  }

  // Writes events and heartbeats until the client goes away or falls behind.
  asio::awaitable<void> pump(std::string pending) {
    auto beat = steady_clock::now();
    while (!ending_ && !events_->lost()) {
      if (steady_clock::now() >= beat) {
        pending += heartbeat(core_.clock.wall());
        beat = steady_clock::now() + core_.options.heartbeat;
      }
      pending += events_->take(kStreamWriteBytes);
      if (pending.empty()) {
        timer_.expires_at(beat);
        co_await timer_.async_wait(kAwait);
        continue;
      }
      stream_->tcp().expires_after(core_.options.write_timeout);
      const error_code error = co_await stream_->write(pending, {});
      if (error == beast::error::timeout) core_.metrics.refused("slow_reader").add();
      if (error) break;
      pending.clear();
    }
  }

  // Lets the client read our last answer before the reset that unread bytes would cause.
  asio::awaitable<void> end() {
    stream_->tcp().expires_after(kLinger);
    error_code ignored;
    co_await stream_->shutdown();
    static_cast<void>(stream_->tcp().socket().shutdown(tcp::socket::shutdown_send, ignored));
    std::size_t drained = 0;
    std::array<char, kReadBytes> sink;
    while (unread_ && !ending_ && drained < kLingerBytesMax) {
      auto [error, count] = co_await stream_->tcp().async_read_some(asio::buffer(sink), kAwait);
      if (error) break;
      drained += count;
    }
    static_cast<void>(stream_->tcp().socket().close(ignored));
  }

  ServerCore& core_;
  IoLane& lane_;
  std::shared_ptr<asio::ssl::context> tls_;  // outlives a reload
  std::unique_ptr<ClientStream> stream_;
  asio::steady_timer timer_;     // wakes an event stream
  asio::steady_timer deadline_;  // of the reading under way
  std::string peer_, client_certificate_;
  beast::flat_buffer buffer_;
  std::shared_ptr<EventStream> events_;
  std::uint64_t reading_ = 0;  // which reading; the deadline of an older one does nothing
  bool late_ = false;
  bool idle_ = false;
  bool ending_ = false;
  bool unread_ = false;
};

void spawn(ServerCore& core, IoLane& lane, tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
           std::string peer) {
  auto connection =
      std::make_shared<ClientConnection>(core, lane, std::move(socket), std::move(tls), std::move(peer));
  asio::co_spawn(
      lane.context, [connection] { return connection->run(); },
      [connection](std::exception_ptr failure) {
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& e) {
          log::error("net.http", "A connection failed", {{"error.message", e.what()}});
        }
      });
}

}  // namespace

void serve_connection(ServerCore& core, IoLane& lane, tcp::socket socket) {
  core.opened();
  asio::post(lane.context, [&core, &lane, socket = std::move(socket)]() mutable {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (!error) static_cast<void>(socket.set_option(tcp::no_delay(true), error));
    if (error || core.stopping.load()) {
      core.closed();
      return;
    }
    auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
      address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    spawn(core, lane, std::move(socket), core.tls.load(), address.to_string());
  });
}

}  // namespace vedette::net
