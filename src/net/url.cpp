#include "net/url.h"

#include <algorithm>
#include <array>
#include <optional>

#include "net/url_host.h"

namespace vedette::net {
namespace {

struct Special {
  std::string_view scheme;
  std::uint16_t port;
};
constexpr std::array<Special, 5> kSpecial{
    {{"https", 443}, {"http", 80}, {"wss", 443}, {"ws", 80}, {"ftp", 21}}};

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  const auto* found = std::ranges::find(kSpecial, scheme, &Special::scheme);
  if (found == kSpecial.end()) return std::nullopt;
  return found->port;
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_slash(char c) { return c == '/' || c == '\\'; }

// C0 controls and spaces at both ends go; tabs and line ends go everywhere.
std::string_view trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}
std::string_view clean(std::string_view text, std::string& storage) {
  text = trim(text);
  if (text.find_first_of("\t\r\n") == std::string_view::npos) return text;
  storage.reserve(text.size());
  for (const char c : text) {
    if (c != '\t' && c != '\r' && c != '\n') storage.push_back(c);
  }
  return storage;
}

// Length of "scheme" when `text` begins with "scheme:".
std::optional<std::size_t> scheme_length(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return std::nullopt;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return std::nullopt;
  }
  return std::nullopt;
}

void append_encoded(std::string& out, std::string_view text, std::string_view encode) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || encode.find(c) != std::string_view::npos) {
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
}

bool is_dot(std::string_view segment) {
  return segment == "." || (segment.size() == 3 && segment.starts_with("%2") && lower(segment[2]) == 'e');
}
bool is_dot_dot(std::string_view segment) {
  if (segment.size() < 2 || segment.size() > 6) return false;
  const std::size_t first = segment[0] == '.' ? 1 : 3;
  return segment.size() > first && is_dot(segment.substr(0, first)) && is_dot(segment.substr(first));
}

// Appends the segments of `text` to the normalised path `path` (which is empty or ends before a '/').
void append_path(std::string& path, std::string_view text) {
  for (;;) {
    const auto end = text.find_first_of("/\\");
    const auto segment = text.substr(0, end);
    const bool last = end == std::string_view::npos;
    if (is_dot_dot(segment)) {
      const auto slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
      if (last) path.push_back('/');
    } else if (is_dot(segment)) {
      if (last) path.push_back('/');
    } else {
      path.push_back('/');
      append_encoded(path, segment, "\"#<>?`{}");
    }
    if (last) return;
    text.remove_prefix(end + 1);
  }
}

struct Tail {
  std::string_view path;
  std::optional<std::string_view> query;
  std::string_view fragment;
};
Tail split_tail(std::string_view text) {
  Tail tail;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    tail.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    tail.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  tail.path = text;
  return tail;
}
void set_query(Url& url, const Tail& tail) {
  url.has_query = tail.query.has_value();
  url.query.clear();
  if (tail.query) append_encoded(url.query, *tail.query, "\"#<>'");
  url.fragment = tail.fragment;
}

// `text` follows the scheme's "//": authority, path, query.
Result<void> read_authority(Url& url, std::string_view text) {
  const auto end = text.find_first_of("/\\?#");
  auto authority = text.substr(0, end);
  const auto tail = split_tail(end == std::string_view::npos ? std::string_view() : text.substr(end));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto digits = authority.substr(colon + 1);
    unsigned port = 0;
    for (const char c : digits) {
      if (!is_digit(c) || port > 65535)
        return fail(ErrorCode::kInvalid, "the port of the URL is no number up to 65535");
      port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port > 65535) return fail(ErrorCode::kInvalid, "the port of the URL is no number up to 65535");
    if (!digits.empty()) url.port = static_cast<std::uint16_t>(port);
    authority = authority.substr(0, colon);
  }
  TRY_ASSIGN(url.host, parse_host(authority));
  url.path.clear();
  append_path(url.path, tail.path.empty() ? tail.path : tail.path.substr(1));
  set_query(url, tail);
  return {};
}

std::string_view after_slashes(std::string_view text) {
  while (!text.empty() && is_slash(text.front())) text.remove_prefix(1);
  return text;
}

// `text` is clean and begins with a scheme of `length`.
Result<Url> parse_absolute(std::string_view text, std::size_t length) {
  Url url;
  url.scheme.assign(text.substr(0, length));
  std::ranges::transform(url.scheme, url.scheme.begin(), lower);
  const auto rest = text.substr(length + 1);
  const auto port = default_port(url.scheme);
  if (!port) {
    url.path = rest;
    return url;
  }
  if (text.size() > kUrlBytesMax) return fail(ErrorCode::kLimit, "the URL is longer than 65536 bytes");
  url.port = *port;
  TRY(read_authority(url, after_slashes(rest)));
  return url;
}

Result<Url> resolve_clean(const Url& base, std::string_view ref) {
  const bool hierarchical = default_port(base.scheme).has_value();
  if (const auto length = scheme_length(ref)) {
    const auto rest = ref.substr(*length + 1);
    const bool same = hierarchical && *length == base.scheme.size() &&
                      std::ranges::equal(ref.substr(0, *length), base.scheme, {}, lower);
    // "https:path" on an https page is a relative link: the standard keeps this for old pages.
    if (!same || (!rest.empty() && is_slash(rest[0]))) return parse_absolute(ref, *length);
    ref = rest;
  }
  if (!hierarchical) return fail(ErrorCode::kInvalid, "a relative link needs a page with a host");
  if (ref.size() > kUrlBytesMax) return fail(ErrorCode::kLimit, "the URL is longer than 65536 bytes");

  Url url;
  url.scheme = base.scheme;
  url.port = base.port;
  if (ref.size() >= 2 && is_slash(ref[0]) && is_slash(ref[1])) {
    url.port = *default_port(base.scheme);
    TRY(read_authority(url, after_slashes(ref)));
    return url;
  }
  url.userinfo = base.userinfo;
  url.host = base.host;
  const auto tail = split_tail(ref);
  if (tail.path.empty()) {
    url.path = base.path;
    if (tail.query) {
      set_query(url, tail);
    } else {
      url.query = base.query;
      url.has_query = base.has_query;
      url.fragment = tail.fragment;
    }
    return url;
  }
  if (is_slash(tail.path[0])) {
    append_path(url.path, tail.path.substr(1));
  } else {
    url.path = base.path.substr(0, base.path.rfind('/'));
    append_path(url.path, tail.path);
  }
  set_query(url, tail);
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  std::string storage;
  text = clean(text, storage);
  const auto length = scheme_length(text);
  if (!length) return fail(ErrorCode::kInvalid, "the URL has no scheme such as https://");
  return parse_absolute(text, *length);
}

std::string target_of(const Url& url) {
  std::string out = url.path;
  if (url.has_query) {
    out.push_back('?');
    out += url.query;
  }
  return out;
}

std::string to_string(const Url& url) {
  if (url.host.empty()) return url.scheme + ":" + url.path;
  return origin_of(url) + target_of(url);
}

Result<Url> resolve(const Url& base, std::string_view ref) {
  std::string storage;
  return resolve_clean(base, clean(ref, storage));
}

std::string resolve_url(std::string_view base, std::string_view ref) {
  std::string storage;
  const auto link = clean(ref, storage);
  if (const auto length = scheme_length(link)) {
    std::string scheme(link.substr(0, *length));
    std::ranges::transform(scheme, scheme.begin(), lower);
    if (!default_port(scheme)) return scheme.append(link.substr(*length));
  }
  const auto page = parse_url(base);
  if (!page) return {};
  const auto url = resolve_clean(*page, link);
  return url ? to_string(*url) : std::string();
}

std::string origin_of(const Url& url) {
  if (url.host.empty()) return url.scheme + ":";
  std::string out = url.scheme + "://" + url.host;
  if (url.port != default_port(url.scheme).value_or(0)) out += ":" + std::to_string(url.port);
  return out;
}

std::string origin_of(std::string_view url) {
  std::string storage;
  const auto text = clean(url, storage);
  const auto length = scheme_length(text);
  if (!length) return {};
  const auto parsed = parse_absolute(text.substr(0, text.find_first_of("?#")), *length);
  return parsed ? origin_of(*parsed) : std::string();
}

std::string host_of(std::string_view url) {
  std::string storage;
  const auto text = clean(url, storage);
  const auto length = scheme_length(text);
  if (!length) return {};
  auto parsed = parse_absolute(text.substr(0, text.find_first_of("?#")), *length);
  if (!parsed) return {};
  if (parsed->host.starts_with('[')) return parsed->host.substr(1, parsed->host.size() - 2);
  return std::move(parsed->host);
}

bool is_http(const Url& url) { return url.scheme == "https" || url.scheme == "http"; }

}  // namespace vedette::net
