// Dispatch: what happens to every API request before and after its handler: who asks (cookie or bearer
// token), CSRF and Origin, role or scope, query and body against their schemas, idempotency, errors as
// problem+json. Thread-safe; runs on the HTTP server's worker threads, or in a command that works on a
// stopped instance.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "server/accounts/accounts.h"
#include "server/api/idempotency.h"
#include "server/api/operation.h"

namespace vedette::server {

inline constexpr std::string_view kApiPrefix = "/api/v1";
inline constexpr std::string_view kCookieName = "__Host-vedette";
constexpr std::size_t kJsonDepthMax = 16;

std::optional<std::string> cookie_of(const net::Request& request, std::string_view cookie = kCookieName);
std::string session_cookie(const std::string& token, std::int64_t max_age_seconds);  // Set-Cookie value
std::string end_of_cookie();
Language language_of(const net::Request& request, const Principal& who);
// A request that a browser sends for another site must not act for a signed-in person: the Origin (or,
// without one, Sec-Fetch-Site) must be ours.
bool same_origin(const net::Request& request, const std::string& public_url);

// WWW-Authenticate of a refusal for want of a scope (RFC 6750).
std::string insufficient_scope(std::string_view needed);

class Dispatch {
 public:
  Dispatch(std::vector<Operation> operations, Components components, Accounts& accounts,
           Idempotency& idempotency, std::string public_url);

  const std::vector<Operation>& operations() const { return operations_; }
  const Components& components() const { return components_; }
  // Lent to the HTTP server; the Dispatch outlives it.
  std::vector<net::Route> routes() const;
  // The same without a socket: matches method and path itself. The path is as in a request line, before
  // percent-decoding; the query is decoded.
  net::Response handle(net::Request request) const;
  // The same, by one who is known already.
  net::Response handle_as(net::Request request, const Principal& who) const;

  // Nobody when there are no credentials; an error when they are wrong.
  Result<Principal> identify(const net::Request& request) const;

 private:
  net::Response answer(const Operation& operation, const net::Request& request) const;
  net::Response answer_as(const Operation& operation, const net::Request& request,
                          const Principal& who) const;
  std::optional<net::Response> refuse(const Operation& operation, const net::Request& request,
                                      const Principal& who) const;
  net::Response run(const Operation& operation, const net::Request& request, const Principal& who) const;
  const Operation* match(net::Request& request) const;

  const std::vector<Operation> operations_;
  const Components components_;
  Accounts& accounts_;
  Idempotency& idempotency_;
  const std::string public_url_;
};

}  // namespace vedette::server
