// ClientStream: the bytes of one client connection, with or without TLS.
//
// So that what speaks HTTP over it (connection.cpp) is compiled once, not once for each kind of stream: of
// Asio's and Beast's templates only reading some, writing all and TLS's two handshakes are made for both.
// Used by the thread of its lane only; a call ends with beast::error::timeout after tcp().expires_after().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace vedette::net {

class ClientStream {
 public:
  struct Done {
    boost::system::error_code error;
    std::size_t count = 0;
  };
  virtual ~ClientStream() = default;

  virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
  virtual boost::asio::awaitable<Done> read_some(boost::asio::mutable_buffer into) = 0;
  // All of both.
  virtual boost::asio::awaitable<boost::system::error_code> write(std::string_view head,
                                                                  std::string_view body) = 0;
  // Says the end, as far as the kind of stream has a word for it; the socket is the caller's to close.
  virtual boost::asio::awaitable<void> shutdown() = 0;
  virtual boost::beast::tcp_stream& tcp() = 0;
  // SHA-256 of the certificate that the client proved; empty: none. After the handshake.
  virtual std::string proven_certificate() = 0;
};

// Speaks TLS where there is a context, which outlives the stream.
std::unique_ptr<ClientStream> make_client_stream(boost::asio::ip::tcp::socket socket,
                                                 boost::asio::ssl::context* tls);

}  // namespace vedette::net
