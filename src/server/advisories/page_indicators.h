// What a stored page leads to, held against the indicators of advisories: its references, addresses in its
// inline scripts, and the redirects on the way to it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "logs/watch/watch_list.h"

namespace vedette::server {

struct PageHit {
  std::string advisory_id = {};                   // of desk::Advisory
  const logs::AdvisoryFacts* advisory = nullptr;  // of the list
  std::string indicator = {};                     // defanged
  std::string place = {};                         // "script at html > head > script[2]", "redirect 1"
  std::string address = {};                       // what stands there, defanged, at most kAddressBytes
};

struct PageIndicatorLimits {
  static constexpr std::size_t kAddresses = 20'000, kHits = 200, kAddressBytes = 300;
};

// `url`: the page's. Each indicator once, at the first place where it stands.
std::vector<PageHit> indicators_in(const logs::WatchList& list, std::string_view body, const std::string& url,
                                   const std::vector<std::string>& redirects);

}  // namespace vedette::server
