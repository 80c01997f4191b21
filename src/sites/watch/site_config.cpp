#include "sites/watch/site_config.h"

#include <fmt/format.h>

#include "base/text/control.h"
#include "model/refusal.h"
#include "net/url.h"

namespace vedette::sites {
namespace {

using std::chrono::seconds;
constexpr seconds kIntervalMin{5};
constexpr seconds kTourIntervalMin{1};
constexpr seconds kIntervalMax{24 * 3600};
constexpr std::size_t kHeadersMax = 32, kTagsMax = 32, kTextMax = 4096;

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

std::unexpected<Error> bad(const std::string& what, std::map<std::string, std::string> arguments = {}) {
  return refuse(ErrorCode::kInvalid, what, std::move(arguments));
}

}  // namespace

Result<SiteConfig> checked_config(SiteConfig c, bool allow_loopback) {
  auto url = net::parse_url(c.url);
  if (!url) return bad("site.url", {{"why", url.error().message()}});
  if (!net::is_http(*url) || (url->scheme != "http" && url->scheme != "https")) {
    return bad("site.scheme", {{"scheme", url->scheme}});
  }
  if (url->host.empty()) return bad("site.no_host");
  if (!url->userinfo.empty()) {
    return bad("site.userinfo");
  }
  if (is_refused(url->host)) {
    return bad("site.metadata", {{"host", url->host}});
  }
  if (is_loopback(url->host) && !allow_loopback && !c.tour) {
    return bad("site.loopback", {{"host", url->host}});
  }
  c.url = net::to_string(*url);
  if (c.name.empty()) c.name = url->host;
  if (c.name.size() > 200 || has_control(c.name))
    return bad("field.one_line", {{"field", "name"}, {"most", "200"}});
  auto least = c.tour ? kTourIntervalMin : kIntervalMin;
  if (c.interval < least || c.interval > kIntervalMax) {
    return bad("site.interval",
               {{"least", std::to_string(least.count())}, {"most", std::to_string(kIntervalMax.count())}});
  }
  if (c.tags.size() > kTagsMax)
    return bad("field.at_most", {{"field", "tags"}, {"most", std::to_string(kTagsMax)}});
  for (const auto& tag : c.tags) {
    if (tag.empty() || tag.size() > 64 || has_control(tag)) return bad("site.tag");
  }
  if (c.headers.size() > kHeadersMax)
    return bad("field.at_most", {{"field", "headers"}, {"most", std::to_string(kHeadersMax)}});
  for (const auto& [name, value] : c.headers) {
    if (!is_token(name)) return bad("site.header_name", {{"name", name}});
    if (value.size() > kTextMax || has_control(value)) return bad("site.header_value", {{"name", name}});
  }
  if (c.user_agent.size() > 512 || has_control(c.user_agent))
    return bad("field.one_line", {{"field", "user_agent"}, {"most", "512"}});
  if (c.basic_user.size() > 512 || has_control(c.basic_user) || c.basic_user.find(':') != std::string::npos) {
    return bad("site.basic_user");
  }
  if (has_control(c.basic_password.reveal()) || has_control(c.bearer_token.reveal())) {
    return bad("site.login_line");
  }
  if (!c.proxy.empty() && !net::parse_url(c.proxy)) return bad("site.proxy");
  if (c.dns_resolvers.size() > 8) return bad("field.at_most", {{"field", "dns_resolvers"}, {"most", "8"}});
  return c;
}

}  // namespace vedette::sites
