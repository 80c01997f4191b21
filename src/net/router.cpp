#include "net/router.h"

#include <simdjson.h>

#include <set>

namespace vedette::net {
namespace {

constexpr std::size_t kSegmentsMax = 64;
constexpr std::size_t kQueryParametersMax = 128;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `form`: '+' is a space, and line ends are allowed, as in application/x-www-form-urlencoded.
Result<std::string> decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return fail(ErrorCode::kInvalid, "a % in the address is not followed by two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (form && c == '+') {
      c = ' ';
    }
    const auto byte = static_cast<unsigned char>(c);
    const bool control = byte < 0x20 || byte == 0x7f;
    if (byte == 0 || (control && !form))
      return fail(ErrorCode::kInvalid, "the address contains a control character");
    out.push_back(c);
  }
  if (!simdjson::validate_utf8(out)) return fail(ErrorCode::kInvalid, "the address is not UTF-8");
  return out;
}

Result<void> parse_query(std::string_view text, std::map<std::string, std::string>& out) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    TRY_ASSIGN(auto name, decode(pair.substr(0, equals), true));
    TRY_ASSIGN(auto value,
               decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true));
    out.insert_or_assign(std::move(name), std::move(value));
    if (out.size() > kQueryParametersMax)
      return fail(ErrorCode::kInvalid, "the query has more than 128 parameters");
  }
  return {};
}

}  // namespace

Result<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) {
    const auto colon = target.find("://");
    if (colon == std::string_view::npos || colon > 5)
      return fail(ErrorCode::kInvalid, "the request has no path");
    target.remove_prefix(colon + 3);
    const auto slash = target.find('/');
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (const auto hash = target.find('#'); hash != std::string_view::npos) target = target.substr(0, hash);
  RequestTarget out;
  const auto mark = target.find('?');
  if (mark != std::string_view::npos) {
    TRY(parse_query(target.substr(mark + 1), out.query));
    target = target.substr(0, mark);
  }
  TRY_ASSIGN(out.path, decode(target, false));
  auto rest = target.substr(1);
  while (!rest.empty() || target.size() > 1) {
    const auto slash = rest.find('/');
    TRY_ASSIGN(auto segment, decode(rest.substr(0, slash), false));
    if (segment == "." || segment == "..")
      return fail(ErrorCode::kInvalid, "the path contains a dot segment");
    if (out.segments.size() == kSegmentsMax)
      return fail(ErrorCode::kInvalid, "the path has more than 64 segments");
    out.segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return out;
}

Result<std::vector<Router::Segment>> Router::parse_pattern(std::string_view pattern) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, fmt::format("route pattern \"{}\": {}", pattern, why));
  };
  if (!pattern.starts_with('/')) return bad("it must begin with /");
  std::vector<Segment> segments;
  std::set<std::string> names;
  auto rest = pattern.substr(1);
  while (!rest.empty() || pattern.size() > 1) {
    const auto slash = rest.find('/');
    auto part = rest.substr(0, slash);
    Segment segment{Kind::kLiteral, std::string(part)};
    if (part.starts_with('{') && part.ends_with('}')) {
      part = part.substr(1, part.size() - 2);
      segment.kind = part.ends_with("...") ? Kind::kRest : Kind::kParameter;
      if (segment.kind == Kind::kRest) part.remove_suffix(3);
      if (part.empty()) return bad("a parameter has no name");
      segment.text = part;
      if (!names.insert(segment.text).second) return bad("a parameter name comes twice");
      if (segment.kind == Kind::kRest && slash != std::string_view::npos)
        return bad("{rest...} must come last");
    } else if (part.find_first_of("{}") != std::string_view::npos) {
      return bad("a parameter must be a whole segment");
    }
    segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return segments;
}

Result<Router> Router::make(std::vector<Route> routes) {
  Router router;
  for (auto& route : routes) {
    TRY_ASSIGN(auto segments, parse_pattern(route.pattern));
    if (!route.handler && !route.stream_gate && !route.later_handler) {
      return fail(ErrorCode::kInvalid, fmt::format("route pattern \"{}\": it has no handler", route.pattern));
    }
    router.entries_.push_back({std::move(segments), std::move(route)});
  }
  // Literal before parameter before rest, segment by segment. Parameters of one shape are equal whatever
  // their name.
  const auto shape = [](const Entry& entry) {
    std::vector<Segment> key = entry.segments;
    for (auto& segment : key) {
      if (segment.kind != Kind::kLiteral) segment.text.clear();
    }
    return key;
  };
  std::ranges::stable_sort(router.entries_,
                           [&](const Entry& a, const Entry& b) { return shape(a) < shape(b); });
  for (std::size_t i = 0; i < router.entries_.size(); ++i) {
    for (std::size_t j = i + 1; j < router.entries_.size(); ++j) {
      const auto& a = router.entries_[i];
      const auto& b = router.entries_[j];
      if (shape(a) != shape(b)) break;
      if (a.route.method == b.route.method) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("routes \"{}\" and \"{}\" are the same for {}", a.route.pattern,
                                b.route.pattern, to_string(a.route.method)));
      }
    }
  }
  return router;
}

bool Router::matches(const Entry& entry, const RequestTarget& target) {
  const auto& segments = entry.segments;
  const bool rest = !segments.empty() && segments.back().kind == Kind::kRest;
  const std::size_t fixed = segments.size() - (rest ? 1 : 0);
  if (rest ? target.segments.size() < fixed : target.segments.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    const auto& given = target.segments[i];
    if (segments[i].kind == Kind::kLiteral ? given != segments[i].text : given.empty()) return false;
  }
  if (!rest) return true;
  // A decoded slash in the rest would look like a folder that the client did not write as one.
  return std::all_of(
      target.segments.begin() + static_cast<std::ptrdiff_t>(fixed), target.segments.end(),
      [](const std::string& segment) { return segment.find_first_of("/\\") == std::string::npos; });
}

Router::Match Router::find(Method method, const RequestTarget& target) const {
  Match match;
  std::set<Method> allowed;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    if (!matches(entry, target)) continue;
    const bool rest = !entry.segments.empty() && entry.segments.back().kind == Kind::kRest;
    // A known resource asked with the wrong method is 405, not a case for a catch-all.
    if (rest && !allowed.empty()) break;
    allowed.insert(entry.route.method);
    if (entry.route.method != method) continue;
    match.route = &entry.route;
    match.index = i;
    for (std::size_t s = 0; s < entry.segments.size(); ++s) {
      const auto& segment = entry.segments[s];
      if (segment.kind == Kind::kParameter) match.parameters[segment.text] = target.segments[s];
      if (segment.kind != Kind::kRest) continue;
      auto& value = match.parameters[segment.text];
      for (std::size_t t = s; t < target.segments.size(); ++t)
        value += (t > s ? "/" : "") + target.segments[t];
    }
    return match;
  }
  for (const auto each : allowed) {
    match.allow += (match.allow.empty() ? "" : ", ") + std::string(to_string(each));
    if (each == Method::kGet) match.allow += ", HEAD";
  }
  return match;
}

}  // namespace vedette::net
