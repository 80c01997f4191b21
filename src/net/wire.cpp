#include "net/wire.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>

#include "base/log.h"
#include "net/own_answers.h"

namespace vedette::net {
namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::optional<Method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
    case http::verb::head:
      return Method::kGet;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    default:
      return std::nullopt;
  }
}

// What could make this server and a proxy in front of it disagree on where the request ends (RFC 9112, 6.1
// and 3.2).
std::optional<Response> check_framing(const RequestHeader& header, bool chunked) {
  const auto encodings = header.equal_range(http::field::transfer_encoding);
  if (encodings.first != encodings.second) {
    if (header.version() < 11) return own_answer("transfer_old");
    if (!chunked) return own_answer("transfer");
  }
  const auto hosts = header.equal_range(http::field::host);
  const auto count = std::distance(hosts.first, hosts.second);
  if (count > 1 || (count == 0 && header.version() >= 11)) return own_answer("host");
  return std::nullopt;
}

std::optional<std::string_view> header_value(const Request& request, std::string_view name) {
  return request.headers.find(name);
}

bool clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

template <class Fields>
void set_fields(Fields& message, const Response& response) {
  for (const auto& [name, value] : response.headers.all()) {
    if (name.empty() || !clean(name) || !clean(value) || name.find_first_of(": \t") != std::string::npos) {
      log::error("net.http", "A response header field is malformed and was left out", {{"field", name}});
      continue;
    }
    // Framing is the server's business.
    if (boost::beast::iequals(name, "content-length") || boost::beast::iequals(name, "transfer-encoding") ||
        boost::beast::iequals(name, "connection")) {
      continue;
    }
    message.insert(name, value);
  }
}

std::string lines_of(const http::fields& fields) {
  std::string out;
  for (const auto& field : fields)
    out.append(view(field.name_string())).append(": ").append(view(field.value())).append("\r\n");
  return out;
}

}  // namespace

RoutedRequest route_header(const Router& router, const TrustedProxies& proxies, const RequestHeader& header,
                           bool chunked, const std::string& peer, bool secure) {
  RoutedRequest out;
  Request& request = out.request;
  request.remote_address = peer;
  request.secure = secure;
  std::string forwarded_for;  // several fields are one list
  for (const auto& field : header) {
    request.headers.add(view(field.name_string()), view(field.value()));
    if (!boost::beast::iequals(field.name_string(), "x-forwarded-for")) continue;
    if (!forwarded_for.empty()) forwarded_for += ", ";
    forwarded_for += view(field.value());
  }
  auto origin = proxies.origin(peer, secure, forwarded_for, header_value(request, "X-Forwarded-Proto"));
  request.remote_address = std::move(origin.address);
  request.secure = origin.secure;
  const auto method = method_of(header.method());
  request.method = method.value_or(Method::kGet);

  out.refusal = check_framing(header, chunked);
  if (out.refusal) return out;
  if (header.method() == http::verb::unknown) {
    out.refusal = own_answer("method_unknown");
    return out;
  }
  auto target = parse_target(view(header.target()));
  if (!target) {
    // "OPTIONS *" and "CONNECT host:port" have no path.
    out.refusal = method ? own_answer("target", "why", target.error().message()) : own_answer("method");
    return out;
  }
  request.path = target->path;
  request.query = target->query;
  auto match = router.find(request.method, *target);
  if (!method && match.route != nullptr) {
    // The path exists; say what it can do.
    std::string allow;
    for (const auto each : {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      if (router.find(each, *target).route == nullptr) continue;
      allow += (allow.empty() ? "" : ", ") + std::string(to_string(each));
      if (each == Method::kGet) allow += ", HEAD";
    }
    match = {};
    match.allow = std::move(allow);
  }
  if (match.route != nullptr) {
    request.parameters = std::move(match.parameters);
    out.route = match.route;
    out.route_index = match.index;
  } else if (!match.allow.empty()) {
    out.refusal = own_answer("methods", "methods", match.allow);
    out.refusal->headers.set("Allow", match.allow);
  } else {
    out.refusal = own_answer("nothing");
  }
  return out;
}

RoutedRequest route_request(const ServerCore& core, const RequestHeader& header, bool chunked,
                            const std::string& peer, bool secure) {
  return route_header(core.router, core.proxies, header, chunked, peer, secure);
}

std::string method_label(http::verb verb) {
  if (verb == http::verb::head) return "HEAD";
  const auto method = method_of(verb);
  return method ? std::string(to_string(*method)) : "other";
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string answer_head(const Response& response, unsigned version, bool keep_alive) {
  http::response<http::empty_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(response.status));
  set_fields(message, response);
  message.keep_alive(keep_alive);
  if (may_have_body(response.status)) message.content_length(response.body.size());
  return fmt::format("HTTP/{}.{} {} {}\r\n{}\r\n", version / 10, version % 10, response.status,
                     view(message.reason()), lines_of(message));
}

std::string stream_head(const Response& response) {
  http::fields fields;
  set_fields(fields, response);
  return fmt::format("HTTP/1.1 200 OK\r\nConnection: close\r\n{}\r\n", lines_of(fields));
}

std::string heartbeat(WallTime now) {
  return fmt::format(": alive\nevent: heartbeat\ndata: {{\"now\":\"{}\"}}\n\n", to_rfc3339(now));
}

}  // namespace vedette::net
