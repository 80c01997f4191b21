// The server side's TLS settings: TLS 1.2 and 1.3, forward secret suites, ALPN "http/1.1".
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "net/http_server.h"

namespace vedette::net {

// Loads chain and key and checks that they belong together. Errors name the file and OpenSSL's reason.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

}  // namespace vedette::net
