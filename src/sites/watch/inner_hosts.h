// InnerHosts: where pages of the outside may lead in the organisation's own network (SSRF): the hosts of the
// watched sites, at 80, 443 and the ports watched there, and those of `sites.inner_hosts` at every port.
//
// Names as in a URL, without the brackets of IPv6. Thread-safe; contains() is quick and never waits for a
// site.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sites {

class InnerHosts {
 public:
  void watch(std::string_view url);                   // a site is watched at this address
  void unwatch(std::string_view url);                 // once for each watch()
  void allow(const std::vector<std::string>& hosts);  // in place of those allowed before
  bool contains(std::string_view host, std::uint16_t port) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::uint16_t, int>, std::less<>> watched_;  // port: number of sites
  std::set<std::string, std::less<>> allowed_;
};

}  // namespace vedette::sites
