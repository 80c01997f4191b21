#include "net/http_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "net/connection.h"
#include "net/server_core.h"
#include "net/tls_context.h"

namespace vedette::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// How long to wait when the process is out of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kLastAnswers{1'000};  // for "the server is being stopped" to be read

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, Router router, Wrap wrap, TrustedProxies proxies, const Clock& clock,
         Metrics& metrics)
      : core_(std::move(options), std::move(router), std::move(wrap), std::move(proxies), clock, metrics) {
    const auto count = std::max<std::size_t>(1, core_.options.io_threads);
    for (std::size_t i = 0; i < count; ++i) lanes_.push_back(std::make_unique<IoLane>());
  }
  ~Server() override {
    stop(std::chrono::milliseconds(0));
    // These two live in a lane's context, so they go before it.
    pause_.reset();
    acceptor_.reset();
    // What a lane still holds are suspended connections; they use the core, so they go first.
    lanes_.clear();
  }

  Result<void> start() override {
    VEDETTE_ASSERT(!acceptor_);
    const auto& options = core_.options;
    const auto failed = [&](const error_code& error) {
      return fail(ErrorCode::kUnavailable, fmt::format("cannot listen on {} port {}: {}", options.address,
                                                       options.port, error.message()));
    };
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("listen address \"{}\" is no IP address", options.address));
    }
    if (options.tls) {
      TRY(reload_tls(*options.tls));
    }
    const tcp::endpoint endpoint(address, options.port);
    auto acceptor = std::make_unique<tcp::acceptor>(lanes_[0]->context);
    if (acceptor->open(endpoint.protocol(), error)) return failed(error);
    if (acceptor->set_option(asio::socket_base::reuse_address(true), error)) return failed(error);
    if (acceptor->bind(endpoint, error)) return failed(error);
    if (acceptor->listen(asio::socket_base::max_listen_connections, error)) return failed(error);
    port_ = acceptor->local_endpoint(error).port();
    if (error) return failed(error);
    acceptor_ = std::move(acceptor);
    pause_ = std::make_unique<asio::steady_timer>(lanes_[0]->context);
    accept();
    for (auto& lane : lanes_) {
      lane->thread = std::jthread([&context = lane->context] {
        const auto work = asio::make_work_guard(context);
        context.run();
      });
    }
    return {};
  }

  void stop(std::chrono::milliseconds grace) override {
    if (!acceptor_ || stopped_) return;
    stopped_ = true;
    core_.stopping.store(true);
    asio::post(lanes_[0]->context, [this] {
      error_code ignored;
      static_cast<void>(acceptor_->close(ignored));
      pause_->cancel();
    });
    for (auto& lane : lanes_) {
      asio::post(lane->context, [&lane = *lane] {
        for (auto* connection : lane.connections) connection->wind_down();
      });
    }
    core_.wait_closed(grace);
    const bool promised = core_.open_answers->end() > 0;
    core_.workers.stop();
    if (promised) core_.wait_closed(kLastAnswers);
    for (auto& lane : lanes_) lane->context.stop();
    for (auto& lane : lanes_) {
      if (lane->thread.joinable()) lane->thread.join();
    }
  }

  std::uint16_t port() const override { return port_; }

  Result<void> reload_tls(const TlsFiles& files) override {
    TRY_ASSIGN(auto context, make_tls_context(files));
    core_.tls.store(std::move(context));
    return {};
  }

  EventHub& events() override { return core_.hub; }

 private:
  void accept() {
    IoLane& lane = *lanes_[next_lane_];
    next_lane_ = (next_lane_ + 1) % lanes_.size();
    acceptor_->async_accept(lane.context, [this, &lane](error_code error, tcp::socket socket) {
      if (core_.stopping.load() || error == asio::error::operation_aborted) return;
      if (error) return pause_accepting(error);
      if (core_.open.load() >= core_.options.connections_max) {
        core_.metrics.refused("connections").add();
        error_code ignored;
        static_cast<void>(socket.close(ignored));
      } else {
        serve_connection(core_, lane, std::move(socket));
      }
      accept();
    });
  }

  void pause_accepting(error_code error) {
    core_.metrics.refused("accept").add();
    log::warn("net.http", "A connection could not be accepted", {{"error.message", error.message()}});
    pause_->expires_after(kAcceptPause);
    pause_->async_wait([this](error_code cancelled) {
      if (!cancelled && !core_.stopping.load()) accept();
    });
  }

  ServerCore core_;
  std::vector<std::unique_ptr<IoLane>> lanes_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> pause_;
  std::size_t next_lane_ = 0;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> make_http_server(HttpServerOptions options, std::vector<Route> routes,
                                                     Wrap wrap, const Clock& clock, Metrics& metrics) {
  if (options.worker_threads == 0 || options.worker_queue == 0 || options.stream_queue == 0) {
    return fail(ErrorCode::kInvalid,
                "the HTTP server needs at least one worker thread and queues of at least one");
  }
  TRY_ASSIGN(auto router, Router::make(std::move(routes)));
  TRY_ASSIGN(auto proxies, TrustedProxies::make(options.trusted_proxies));
  std::unique_ptr<HttpServer> server = std::make_unique<Server>(
      std::move(options), std::move(router), std::move(wrap), std::move(proxies), clock, metrics);
  return server;
}

}  // namespace vedette::net
