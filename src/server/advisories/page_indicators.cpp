#include "server/advisories/page_indicators.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>

#include "desk/incidents/observable.h"
#include "logs/read/json_event.h"
#include "net/url.h"
#include "sites/html/page.h"

namespace vedette::server {
namespace {

using Most = PageIndicatorLimits;

class Reading {
 public:
  explicit Reading(const logs::WatchList& list) : list_(list) {}

  // One address is one event: the list then means the same here as in a log.
  void look(const std::string& address, const std::string& place) {
    if (seen_.size() >= Most::kAddresses || hits_.size() >= Most::kHits || !seen_.insert(address).second)
      return;
    const auto host = net::host_of(address);
    if (host.empty()) return;
    const auto text = boost::json::serialize(
        boost::json::object{{"url", boost::json::object{{"full", address}, {"domain", host}}}});
    logs::EventView event;
    (void)reader_.read(text, event);
    for (const auto& met : list_.match(event, scratch_)) {
      if (!named_.insert(met.advisory->id + ' ' + *met.indicator).second) continue;
      constexpr std::string_view kPrefix = "advisory:";
      hits_.push_back({met.advisory->id.substr(kPrefix.size()), met.advisory, *met.indicator, place,
                       desk::defanged(desk::ObservableType::kUrl, address.substr(0, Most::kAddressBytes))});
    }
  }
  std::vector<PageHit> hits() && { return std::move(hits_); }

 private:
  const logs::WatchList& list_;
  logs::JsonEvent reader_;
  logs::WatchScratch scratch_;
  std::set<std::string> seen_, named_;
  std::vector<PageHit> hits_;
};

// Addresses that a script spells out: "https://evil.example/x.js" and "//evil.example/x.js".
template <class Each>
void each_address(std::string_view script, Each each) {
  constexpr std::string_view kEnd = "\"'`<>()[]{}\\ \t\r\n;,|^";
  for (std::size_t at = 0; (at = script.find("//", at)) != std::string_view::npos;) {
    const auto end = std::min(script.find_first_of(kEnd, at), script.size());
    const auto rest = script.substr(at, end - at);
    const bool secure = at >= 6 && script.substr(at - 6, 6) == "https:";
    if (rest.size() > 4 && rest.size() <= 2'000) each((secure ? "https:" : "http:") + std::string(rest));
    at = std::max(end, at + 2);
  }
}

}  // namespace

std::vector<PageHit> indicators_in(const logs::WatchList& list, std::string_view body, const std::string& url,
                                   const std::vector<std::string>& redirects) {
  if (list.empty()) return {};
  Reading reading(list);
  for (std::size_t i = 0; i < redirects.size(); ++i)
    reading.look(redirects[i], fmt::format("redirect {}", i + 1));
  const auto page = sites::read_page(body, url);
  for (const auto& ref : page.refs) {
    auto address = page.absolute(ref.url);
    reading.look(address, fmt::format("{} at {}", sites::to_string(ref.kind), ref.path));
  }
  for (const auto& script : page.scripts)
    each_address(script.body, [&](const std::string& address) {
      reading.look(address, fmt::format("script text at {}", script.path));
    });
  for (const auto& handler : page.handlers)
    each_address(handler.code, [&](const std::string& address) {
      reading.look(address, fmt::format("{} at {}", handler.name, handler.path));
    });
  return std::move(reading).hits();
}

}  // namespace vedette::server
