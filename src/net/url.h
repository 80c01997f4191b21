// URLs as a browser reads them: parsing, normalising, resolving a link against its page, origin, registrable
// domain.
//
// Follows the WHATWG URL Standard for http, https, ws, wss and ftp (tabs and line ends dropped, `\` read as
// `/`, missing slashes supplied, hosts percent-decoded, IDNA-mapped and lower-cased, numeric hosts read as
// IPv4, dot segments removed), because that is how the visitor's browser reads an attacker's link. Other
// schemes are kept as "scheme:" plus the untouched rest. Linear in the length of the input; never throws;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::net {

inline constexpr std::size_t kUrlBytesMax =
    64 * 1024;  // of http-like URLs; data: and the like are not limited here

struct Url {
  std::string scheme;      // lower case, without ':'
  std::string userinfo;    // "user:password" as written; to_string() leaves it out
  std::string host;        // lower-case ASCII; IPv6 in brackets; empty for data:, javascript:, mailto:…
  std::uint16_t port = 0;  // the scheme's own when none is given; 0: the scheme has none
  std::string path;        // begins with '/' for http-like schemes; the whole rest for the others
  std::string query;       // without '?'
  bool has_query = false;  // tells "/a?" from "/a"
  std::string fragment;    // without '#'; to_string() leaves it out: it never reaches a server
};

// An absolute URL. kInvalid says what is wrong with it.
Result<Url> parse_url(std::string_view text);

// Normal form without user information and fragment. parse_url(to_string(url)) gives the same parts again.
std::string to_string(const Url& url);
// Path and query: what an HTTP request line carries.
std::string target_of(const Url& url);

// The absolute, normalised form of the link `ref` on the page `base`; empty when there is none.
Result<Url> resolve(const Url& base, std::string_view ref);
std::string resolve_url(std::string_view base, std::string_view ref);

// "https://host" or "https://host:8443"; "data:" for a URL without a host; empty when it is no URL.
std::string origin_of(const Url& url);
std::string origin_of(std::string_view url);

// The host without the brackets of IPv6, as address_gate.h takes it; empty when there is none.
std::string host_of(std::string_view url);

// "shop.example.co.uk" → "example.co.uk" (Public Suffix List, with its private part: "a.github.io" stays).
// An IP address, a single label or a public suffix is its own domain. `host` as in Url::host.
std::string registrable_domain(std::string_view host);

bool is_http(const Url& url);

}  // namespace vedette::net
