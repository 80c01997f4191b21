// Between Beast's messages and ours: pure functions, no I/O. Thread-safe.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <string>

#include "net/server_core.h"

namespace vedette::net {

struct RoutedRequest {
  Request request;               // without body
  const Route* route = nullptr;  // set unless there is a refusal
  std::size_t route_index = ServerMetrics::kNoRoute;
  std::optional<Response> refusal;  // 400, 404, 405, 501
};
using RequestHeader = boost::beast::http::header<true, boost::beast::http::fields>;

// Checks the header (framing, Host, target) and finds the route.
RoutedRequest route_request(const ServerCore& core, const RequestHeader& header, bool chunked,
                            const std::string& peer, bool secure);
// The part that needs no running server: for route_request and the fuzz target.
RoutedRequest route_header(const Router& router, const TrustedProxies& proxies, const RequestHeader& header,
                           bool chunked, const std::string& peer, bool secure);

// A bounded set of names for metrics: whatever a client invents is "other".
std::string method_label(boost::beast::http::verb verb);

bool may_have_body(int status);
// Status line and fields, with the Content-Length of the body where the status may have one (also as the
// answer to HEAD). Header fields that could split the message are left out and logged.
std::string answer_head(const Response& response, unsigned version, bool keep_alive);
// Status line and fields of an event stream, whose body ends with the connection.
std::string stream_head(const Response& response);
std::string heartbeat(WallTime now);

}  // namespace vedette::net
