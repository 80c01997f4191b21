#include "sites/watch/site_config.h"

#include <fmt/format.h>

#include "net/url.h"

namespace vedette::sites {
namespace {

using std::chrono::seconds;
constexpr seconds kIntervalMin{5};
constexpr seconds kTourIntervalMin{1};
constexpr seconds kIntervalMax{24 * 3600};
constexpr std::size_t kHeadersMax = 32, kTagsMax = 32, kTextMax = 4096;

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}
bool is_token(std::string_view name) {  // RFC 9110 §5.6.2
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}
bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]" ||
         host == "0.0.0.0" || host == "[::]";
}
bool is_refused(std::string_view host) {  // link-local: the clouds' metadata services
  return host.starts_with("169.254.") || host.starts_with("[fe8") || host.starts_with("[fe9") ||
         host.starts_with("[fea") || host.starts_with("[feb") || host == "metadata.google.internal" ||
         host == "[fd00:ec2::254]";
}

std::unexpected<Error> bad(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

}  // namespace

Result<SiteConfig> checked_config(SiteConfig c, bool allow_loopback) {
  auto url = net::parse_url(c.url);
  if (!url) return bad(fmt::format("url: {}; write it like https://www.example.org/", url.error().message()));
  if (!net::is_http(*url) || (url->scheme != "http" && url->scheme != "https")) {
    return bad(fmt::format("url: \"{}:\" cannot be watched, only http: and https:", url->scheme));
  }
  if (url->host.empty()) return bad("url: there is no host in it; write it like https://www.example.org/");
  if (!url->userinfo.empty()) {
    return bad("url: a name or password must not stand in the address; give basic_user and basic_password");
  }
  if (is_refused(url->host)) {
    return bad(fmt::format("url: {} is a link-local or metadata address, which is never fetched", url->host));
  }
  if (is_loopback(url->host) && !allow_loopback && !c.tour) {
    return bad(
        fmt::format("url: {} is this machine itself; allow it with sites.allow_loopback in the configuration",
                    url->host));
  }
  c.url = net::to_string(*url);
  if (c.name.empty()) c.name = url->host;
  if (c.name.size() > 200 || has_control(c.name)) return bad("name: at most 200 bytes on one line");
  auto least = c.tour ? kTourIntervalMin : kIntervalMin;
  if (c.interval < least || c.interval > kIntervalMax) {
    return bad(fmt::format("interval_s: must be from {} to {}", least.count(), kIntervalMax.count()));
  }
  if (c.tags.size() > kTagsMax) return bad(fmt::format("tags: at most {}", kTagsMax));
  for (const auto& tag : c.tags) {
    if (tag.empty() || tag.size() > 64 || has_control(tag))
      return bad("tags: each 1 to 64 bytes on one line");
  }
  if (c.headers.size() > kHeadersMax) return bad(fmt::format("headers: at most {}", kHeadersMax));
  for (const auto& [name, value] : c.headers) {
    if (!is_token(name)) return bad(fmt::format("headers: \"{}\" is no header name", name));
    if (value.size() > kTextMax || has_control(value))
      return bad(fmt::format("headers: the value of {} must be one line", name));
  }
  if (c.user_agent.size() > 512 || has_control(c.user_agent))
    return bad("user_agent: at most 512 bytes on one line");
  if (c.basic_user.size() > 512 || has_control(c.basic_user) || c.basic_user.find(':') != std::string::npos) {
    return bad("basic_user: at most 512 bytes on one line, without ':'");
  }
  if (has_control(c.basic_password.reveal()) || has_control(c.bearer_token.reveal())) {
    return bad("basic_password, bearer_token: must be one line");
  }
  if (!c.proxy.empty() && !net::parse_url(c.proxy))
    return bad("proxy: write it like http://proxy.example.org:3128");
  if (c.dns_resolvers.size() > 8) return bad("dns_resolvers: at most 8");
  return c;
}

}  // namespace vedette::sites
