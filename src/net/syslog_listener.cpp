#include "net/syslog_listener.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <thread>

#include "base/log.h"
#include "net/syslog_framing.h"
#include "net/tls_context.h"

namespace vedette::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kDatagramsAtOnce = 64, kReadBytes = 64 * 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};

class Listener final : public SyslogListener {
 public:
  Listener(SyslogListenerOptions options, Take take, Metrics& metrics)
      : options_(std::move(options)), take_(std::move(take)) {
    metrics.on_scrape([this](Metrics& to) { expose(to); });
  }
  ~Listener() override { stop(); }

  Result<void> start() override {
    if (options_.tls) {
      TRY_ASSIGN(tls_, make_tls_context(*options_.tls));
    }
    for (const auto& endpoint : options_.endpoints) TRY(open(endpoint));
    thread_ = std::jthread([this] { context_.run(); });
    return {};
  }

  void stop() override {
    context_.stop();
    thread_ = {};
  }

  std::uint16_t port(std::size_t endpoint) const override { return ports_.at(endpoint); }

  Status status() const override {
    return {messages_.load(), udp_dropped_.load(), cut_.load(),
            broken_.load(),   refused_.load(),     open_.load()};
  }

 private:
  Result<void> open(const SyslogEndpoint& endpoint) {
    error_code error;
    const auto address = asio::ip::make_address(endpoint.address, error);
    if (error) return fail(ErrorCode::kInvalid, "\"" + endpoint.address + "\" is no IP address");
    auto failed = [&] {
      return fail(ErrorCode::kUnavailable, fmt::format("cannot listen for syslog on {} port {}: {}",
                                                       endpoint.address, endpoint.port, error.message()));
    };
    if (endpoint.transport == SyslogTransport::kUdp) {
      udp::socket socket(context_);
      const udp::endpoint at(address, endpoint.port);
      if (socket.open(at.protocol(), error) || socket.bind(at, error)) return failed();
      const int size = options_.udp_buffer_bytes, on = 1;
      // Forced where we may; else as much as the system allows.
      if (::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
      (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
      if (socket.non_blocking(true, error)) return failed();
      ports_.push_back(socket.local_endpoint(error).port());
      asio::co_spawn(context_, datagrams(std::move(socket)), asio::detached);
      return {};
    }
    if (endpoint.transport == SyslogTransport::kTls && !tls_)
      return fail(ErrorCode::kInvalid, "syslog over TLS needs a certificate and its key");
    tcp::acceptor acceptor(context_);
    const tcp::endpoint at(address, endpoint.port);
    if (acceptor.open(at.protocol(), error) ||
        acceptor.set_option(asio::socket_base::reuse_address(true), error) || acceptor.bind(at, error) ||
        acceptor.listen(asio::socket_base::max_listen_connections, error))
      return failed();
    ports_.push_back(acceptor.local_endpoint(error).port());
    asio::co_spawn(context_, accept(std::move(acceptor), endpoint.transport == SyslogTransport::kTls),
                   asio::detached);
    return {};
  }

  asio::awaitable<void> datagrams(udp::socket socket) {
    std::vector<char> bytes(kDatagramsAtOnce * (options_.message_bytes_max + 1));
    std::uint32_t overflowed = 0;
    for (;;) {
      auto [error] = co_await socket.async_wait(udp::socket::wait_read, kAwait);
      if (error) co_return;
      receive(socket.native_handle(), bytes, overflowed);
    }
  }

  // All datagrams that are there, at most kDatagramsAtOnce.
  void receive(int socket, std::vector<char>& bytes, std::uint32_t& overflowed) {
    const auto room = options_.message_bytes_max + 1;  // one more, to see that it was cut
    mmsghdr headers[kDatagramsAtOnce]{};
    iovec parts[kDatagramsAtOnce];
    sockaddr_storage peers[kDatagramsAtOnce];
    alignas(cmsghdr) char control[kDatagramsAtOnce][CMSG_SPACE(sizeof(std::uint32_t))];
    for (std::size_t i = 0; i < kDatagramsAtOnce; ++i) {
      parts[i] = {bytes.data() + i * room, room};
      headers[i].msg_hdr = {&peers[i], sizeof peers[i], &parts[i], 1, control[i], sizeof control[i], 0};
    }
    const int count = ::recvmmsg(socket, headers, kDatagramsAtOnce, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    std::vector<SyslogMessage> batch;
    for (int i = 0; i < count; ++i) {
      auto& header = headers[i];
      for (auto* one = CMSG_FIRSTHDR(&header.msg_hdr); one; one = CMSG_NXTHDR(&header.msg_hdr, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SO_RXQ_OVFL) continue;
        std::uint32_t total = 0;
        std::memcpy(&total, CMSG_DATA(one), sizeof total);
        udp_dropped_ += total - overflowed;  // wraps with the kernel's counter
        overflowed = total;
      }
      std::string_view message(parts[i].iov_len ? bytes.data() + static_cast<std::size_t>(i) * room : "",
                               header.msg_len);
      if (message.size() > options_.message_bytes_max) {
        ++cut_;
        message = message.substr(0, options_.message_bytes_max);
      }
      while (!message.empty() && (message.back() == '\n' || message.back() == '\0' || message.back() == '\r'))
        message.remove_suffix(1);
      if (!message.empty()) batch.push_back({std::string(message), text_of(peers[i])});
    }
    const auto messages = batch.size();
    if (batch.empty()) return;
    if (take_(batch))
      messages_ += messages;
    else
      udp_dropped_ += messages;
  }

  static std::string text_of(const sockaddr_storage& peer) {
    if (peer.ss_family == AF_INET) {
      const auto& in = reinterpret_cast<const sockaddr_in&>(peer);
      return asio::ip::address_v4(ntohl(in.sin_addr.s_addr)).to_string();
    }
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(peer);
    asio::ip::address_v6::bytes_type raw;
    std::memcpy(raw.data(), &in6.sin6_addr, raw.size());
    return text_of(asio::ip::address_v6(raw));
  }
  // An IPv4 address is written as such wherever it came in.
  static std::string text_of(const asio::ip::address_v6& address) {
    return address.is_v4_mapped() ? asio::ip::make_address_v4(asio::ip::v4_mapped, address).to_string()
                                  : address.to_string();
  }

  asio::awaitable<void> accept(tcp::acceptor acceptor, bool secure) {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        log::warn("net.syslog", "A connection could not be accepted", {{"error.message", error.message()}});
        asio::steady_timer pause(context_, kAcceptPause);
        co_await pause.async_wait(kAwait);
        continue;
      }
      if (open_ >= options_.connections_max) {
        ++refused_;
        continue;
      }
      error_code ignored;
      const auto address = socket.remote_endpoint(ignored).address();
      auto peer = address.is_v6() ? text_of(address.to_v6()) : address.to_string();
      ++open_;
      if (secure)
        asio::co_spawn(context_, handshake(TlsStream(std::move(socket), *tls_), std::move(peer)),
                       asio::detached);
      else
        asio::co_spawn(context_, stream(beast::tcp_stream(std::move(socket)), std::move(peer)),
                       asio::detached);
    }
  }

  asio::awaitable<void> handshake(TlsStream secure, std::string peer) {
    beast::get_lowest_layer(secure).expires_after(std::chrono::seconds(10));
    auto [error] = co_await secure.async_handshake(asio::ssl::stream_base::server, kAwait);
    if (error) {
      ++broken_;
      --open_;
      co_return;
    }
    co_await stream(std::move(secure), std::move(peer));
  }

  template <class Stream>
  asio::awaitable<void> stream(Stream from, std::string peer) {
    SyslogFraming framing(options_.message_bytes_max);
    std::vector<char> bytes(kReadBytes);
    std::vector<SyslogMessage> batch;
    auto keep = [&](std::string_view message) { batch.push_back({std::string(message), peer}); };
    for (bool good = true; good;) {
      beast::get_lowest_layer(from).expires_after(options_.idle_max);
      auto [error, count] = co_await from.async_read_some(asio::buffer(bytes), kAwait);
      const auto cut = framing.cut();
      if (error) {
        framing.finish(keep);
        good = false;
      } else if (!framing.feed({bytes.data(), count}, keep)) {
        ++broken_;
        good = false;
      }
      cut_ += framing.cut() - cut;
      const auto messages = batch.size();
      while (!batch.empty() && !take_(batch)) {
        asio::steady_timer pause(context_, options_.full_pause);
        co_await pause.async_wait(kAwait);
      }
      messages_ += messages;
      batch.clear();
    }
    --open_;
  }

  void expose(Metrics& to) {
    const auto now = status();
    auto set = [&](const char* name, const char* help, double value) { to.gauge(name, help).set(value); };
    set("vedette_syslog_messages", "Syslog messages taken since the start.",
        static_cast<double>(now.messages));
    set("vedette_syslog_udp_dropped", "Datagrams dropped since the start, by the kernel or for want of room.",
        static_cast<double>(now.udp_dropped));
    set("vedette_syslog_cut", "Messages cut at the size bound since the start.",
        static_cast<double>(now.cut));
    set("vedette_syslog_broken_streams", "Connections ended because they were no syslog.",
        static_cast<double>(now.broken_streams));
    set("vedette_syslog_connections", "Open syslog connections.", static_cast<double>(now.connections));
  }

  const SyslogListenerOptions options_;
  const Take take_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::vector<std::uint16_t> ports_;
  std::atomic<std::uint64_t> messages_{0}, udp_dropped_{0}, cut_{0}, broken_{0}, refused_{0};
  std::atomic<std::size_t> open_{0};
  asio::io_context context_{1};  // its coroutines use what stands above
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<SyslogListener> make_syslog_listener(SyslogListenerOptions options, SyslogListener::Take take,
                                                     Metrics& metrics) {
  return std::make_unique<Listener>(std::move(options), std::move(take), metrics);
}

}  // namespace vedette::net
