// Router: request target → route. Immutable once made; every call is thread-safe.
//
// The target is split at '/' before it is percent-decoded, so that %2F never makes a new segment. Refused
// with kInvalid: malformed escapes, NUL and other control characters, bytes that are no UTF-8, "." and ".."
// segments. A literal segment goes before {name}, and {name} before {rest...}, in whatever order the routes
// were given.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_server.h"

namespace vedette::net {

struct RequestTarget {
  std::string path;                   // decoded
  std::vector<std::string> segments;  // of the path, decoded; "/" has none
  std::map<std::string, std::string> query;
};
// Origin form ("/a?b") or absolute form ("http://host/a?b").
Result<RequestTarget> parse_target(std::string_view target);

class Router {
 public:
  // kInvalid: a pattern is malformed, or two routes are the same.
  static Result<Router> make(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // none: 404, or 405 when `allow` is set
    std::size_t index = 0;         // of the route, for tables kept beside the router
    std::map<std::string, std::string> parameters;
    std::string allow;  // "GET, HEAD, POST"
  };
  Match find(Method method, const RequestTarget& target) const;

  std::size_t size() const { return entries_.size(); }
  const Route& route(std::size_t index) const { return entries_[index].route; }

 private:
  enum class Kind : unsigned char { kLiteral, kParameter, kRest };
  struct Segment {
    Kind kind = Kind::kLiteral;
    std::string text;
    auto operator<=>(const Segment&) const = default;
  };
  struct Entry {
    std::vector<Segment> segments;
    Route route;
  };
  static Result<std::vector<Segment>> parse_pattern(std::string_view pattern);
  static bool matches(const Entry& entry, const RequestTarget& target);

  std::vector<Entry> entries_;
};

}  // namespace vedette::net
