#include "net/client_stream.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/ssl.hpp>
#include <tuple>

#include "net/certificate_authority.h"

namespace vedette::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Errors come back as values: a closed connection is no exception.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

template <class Stream>
asio::awaitable<ClientStream::Done> read_some_of(Stream& stream, asio::mutable_buffer into) {
  auto [error, count] = co_await stream.async_read_some(into, kAwait);
  co_return ClientStream::Done{error, count};
}
template <class Stream>
asio::awaitable<error_code> write_to(Stream& stream, std::string_view head, std::string_view body) {
  const std::array buffers{asio::const_buffer(head.data(), head.size()),
                           asio::const_buffer(body.data(), body.size())};
  auto [error, count] = co_await asio::async_write(stream, buffers, kAwait);
  co_return error;
}

class PlainClient final : public ClientStream {
 public:
  explicit PlainClient(tcp::socket socket) : stream_(std::move(socket)) {}
  asio::awaitable<error_code> handshake() override { co_return error_code(); }
  asio::awaitable<Done> read_some(asio::mutable_buffer into) override { return read_some_of(stream_, into); }
  asio::awaitable<error_code> write(std::string_view head, std::string_view body) override {
    return write_to(stream_, head, body);
  }
  asio::awaitable<void> shutdown() override { co_return; }
  beast::tcp_stream& tcp() override { return stream_; }
  std::string proven_certificate() override { return {}; }

 private:
  beast::tcp_stream stream_;
};

class TlsClient final : public ClientStream {
 public:
  TlsClient(tcp::socket socket, asio::ssl::context& tls) : stream_(std::move(socket), tls) {}
  asio::awaitable<error_code> handshake() override {
    auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    co_return error;
  }
  asio::awaitable<Done> read_some(asio::mutable_buffer into) override { return read_some_of(stream_, into); }
  asio::awaitable<error_code> write(std::string_view head, std::string_view body) override {
    return write_to(stream_, head, body);
  }
  asio::awaitable<void> shutdown() override { std::ignore = co_await stream_.async_shutdown(kAwait); }
  beast::tcp_stream& tcp() override { return beast::get_lowest_layer(stream_); }
  std::string proven_certificate() override {
    const SSL* session = stream_.native_handle();
    std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(session), X509_free);
    if (!shown || SSL_get_verify_result(session) != X509_V_OK) return {};
    return certificate_sha256(*shown);
  }

 private:
  TlsStream stream_;
};

}  // namespace

std::unique_ptr<ClientStream> make_client_stream(tcp::socket socket, asio::ssl::context* tls) {
  if (tls) return std::make_unique<TlsClient>(std::move(socket), *tls);
  return std::make_unique<PlainClient>(std::move(socket));
}

}  // namespace vedette::net
