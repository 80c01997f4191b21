#include "sites/watch/details.h"

#include <boost/json.hpp>

namespace vedette::sites {
namespace {

namespace json = boost::json;

json::value certificate_json(const net::PeerCertificate& c, const net::FetchResult& fetch) {
  json::array names, problems;
  for (const auto& name : c.names) {
    if (names.size() == 100) break;
    names.emplace_back(name);
  }
  if (fetch.failure == net::FetchFailure::kTls) problems.emplace_back(fetch.failure_detail);
  return json::object{{"subject", c.subject},
                      {"issuer", c.issuer},
                      {"names", std::move(names)},
                      {"not_before", to_rfc3339(c.not_before)},
                      {"not_after", to_rfc3339(c.not_after)},
                      {"sha256", c.sha256},
                      {"problems", std::move(problems)}};
}

}  // namespace

std::string connection_part(const net::FetchResult& fetch) {
  if (fetch.address.empty() && fetch.chain.empty()) return {};
  json::array redirects;
  for (const auto& hop : fetch.redirects) {
    redirects.emplace_back(json::object{{"status", hop.status}, {"from", hop.from}, {"to", hop.to}});
  }
  return json::serialize(json::object{
      {"tls", fetch.chain.empty() ? json::value(nullptr) : certificate_json(fetch.chain.front(), fetch)},
      {"redirects", std::move(redirects)},
      {"http_version", fetch.http_version},
      {"address", fetch.address}});
}

std::string join_details(const std::map<std::string, std::string>& parts) {
  json::object out{
      {"tls", nullptr},     {"dns", nullptr}, {"resources", json::array()}, {"redirects", json::array()},
      {"http_version", ""}, {"address", ""}};
  for (const auto& [name, text] : parts) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error) continue;
    if (name == "connection" && value.is_object()) {
      for (auto& member : value.get_object()) out[member.key()] = member.value();
    } else if (value.is_object() && value.get_object().contains("show")) {
      out[name] = value.get_object()["show"];  // parts that also keep a state: {"show": …, "state": …}
    }
  }
  return json::serialize(out);
}

}  // namespace vedette::sites
