#include "sites/watch/inner_hosts.h"

#include "net/url.h"

namespace vedette::sites {

void InnerHosts::watch(std::string_view url) {
  auto parsed = net::parse_url(url);
  if (!parsed) return;
  std::lock_guard lock(mutex_);
  ++watched_[net::host_of(url)][parsed->port];
}

void InnerHosts::unwatch(std::string_view url) {
  auto parsed = net::parse_url(url);
  if (!parsed) return;
  std::lock_guard lock(mutex_);
  auto host = watched_.find(net::host_of(url));
  if (host == watched_.end()) return;
  auto port = host->second.find(parsed->port);
  if (port == host->second.end()) return;
  if (--port->second == 0) host->second.erase(port);
  if (host->second.empty()) watched_.erase(host);
}

void InnerHosts::allow(const std::vector<std::string>& hosts) {
  std::set<std::string, std::less<>> next;
  for (const auto& host : hosts) {
    const bool bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
    next.insert(net::host_of(bare_v6 ? "http://[" + host + "]/" : "http://" + host + "/"));
  }
  std::lock_guard lock(mutex_);
  allowed_ = std::move(next);
}

bool InnerHosts::contains(std::string_view host, std::uint16_t port) const {
  std::lock_guard lock(mutex_);
  if (allowed_.contains(host)) return true;
  auto found = watched_.find(host);
  return found != watched_.end() && (port == 80 || port == 443 || found->second.contains(port));
}

}  // namespace vedette::sites
