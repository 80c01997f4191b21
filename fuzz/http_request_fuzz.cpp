// The HTTP server's reading side: Beast's parser with our limits, framing checks, target decoding and
// routing.
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "net/forwarded.h"
#include "net/router.h"
#include "net/wire.h"

namespace {

namespace http = boost::beast::http;
using namespace vedette::net;

Route route(Method method, std::string pattern) {
  return {
      .method = method, .pattern = std::move(pattern), .handler = [](const Request&) { return Response(); }};
}

const Router& router() {
  static const Router made =
      *Router::make({route(Method::kGet, "/api/v1/sites/{id}"), route(Method::kPatch, "/api/v1/sites/{id}"),
                     route(Method::kPost, "/api/v1/alerts/{id}/close"),
                     route(Method::kGet, "/files/{path...}"), route(Method::kGet, "/{page...}")});
  return made;
}

void check(const RoutedRequest& routed) {
  VEDETTE_ASSERT((routed.route != nullptr) != routed.refusal.has_value());
  if (routed.route == nullptr) return;
  const auto& path = routed.request.path;
  VEDETTE_ASSERT(path.starts_with('/'));
  for (const char c : path) VEDETTE_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  if (const auto rest = routed.request.parameters.find("path"); rest != routed.request.parameters.end()) {
    VEDETTE_ASSERT(("/" + rest->second + "/").find("/../") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TrustedProxies proxies = *TrustedProxies::make({"10.0.0.0/8"});
  http::request_parser<http::string_body> parser;
  parser.header_limit(16 * 1024);
  parser.body_limit(64 * 1024);
  boost::beast::flat_buffer buffer;
  // In two pieces, as the network may deliver it; the first byte says where the cut is.
  std::size_t at = 0;
  const std::size_t cut = size > 0 ? data[0] * size / 256 : 0;
  bool routed = false;
  for (const std::size_t end : {cut, size}) {
    if (end <= at) continue;
    const auto room = buffer.prepare(end - at);
    std::copy(data + at, data + end, static_cast<std::uint8_t*>(room.data()));
    buffer.commit(end - at);
    at = end;
    while (buffer.size() > 0 && !parser.is_done()) {
      boost::system::error_code error;
      const auto used = parser.put(buffer.data(), error);
      buffer.consume(used);
      if (parser.is_header_done() && !routed) {
        routed = true;
        check(route_header(router(), proxies, parser.get(), parser.chunked(), "10.0.0.1", false));
      }
      if (error == http::error::need_more || (!error && used == 0)) break;
      if (error) return 0;
    }
  }
  return 0;
}
