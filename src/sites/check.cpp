#include "sites/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "net/dns.h"
#include "net/url.h"
#include "sites/html/page.h"
#include "sites/watch/interruption.h"
#include "sites/watch/site_config.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::size_t kOriginsMax = 200;
constexpr auto kDnsTimeout = std::chrono::seconds(3);

std::string content_type_of(const net::FetchResult& fetch) {
  for (const auto& [name, value] : fetch.headers) {
    if (name == "content-type" || name == "Content-Type") return value;
  }
  return {};
}

void look_up(CheckedPage& page, const std::string& host, const CheckOptions& options) {
  std::string resolver = options.dns_resolvers.empty() ? std::string() : options.dns_resolvers.front();
  for (auto type : {net::DnsType::kA, net::DnsType::kAaaa, net::DnsType::kMx}) {
    auto values = net::dns_query(host, type, resolver, kDnsTimeout);
    if (values && !values->empty()) page.records.emplace_back(net::to_string(type), *std::move(values));
  }
  if (auto servers = net::dns_zone_servers(host, resolver, kDnsTimeout); servers && !servers->empty()) {
    page.records.emplace_back("NS", *std::move(servers));
  }
}

void read_facts(CheckedPage& out, const std::string& content_type) {
  Page page = read_page(out.fetch.body, out.fetch.final_url, content_type);
  out.title = cut_text(page.title, 300);
  out.encoding = page.encoding;
  out.blocks = static_cast<int>(page.blocks.size());
  std::set<std::pair<std::string, std::string>> origins;
  for (const auto& ref : page.refs) {
    bool code = ref.kind == RefKind::kScript || ref.kind == RefKind::kFrame || ref.kind == RefKind::kForm ||
                ref.kind == RefKind::kStylesheet || ref.kind == RefKind::kObject ||
                ref.kind == RefKind::kRefresh;
    if (code && !ref.own && origins.size() < kOriginsMax)
      origins.emplace(to_string(ref.kind), cut_text(ref.origin, 300));
  }
  out.origins.assign(origins.begin(), origins.end());
}

}  // namespace

bool CheckedPage::finding() const {
  return std::ranges::any_of(judgement.findings,
                             [](const PageFinding& f) { return f.severity >= Severity::kMedium; });
}

CheckedPage check_page(const std::string& url, const CheckOptions& options, net::Fetcher& fetcher,
                       const Clock&) {
  CheckedPage out;
  out.url = url;
  SiteConfig config;
  config.url = url;
  auto checked = checked_config(std::move(config), options.allow_loopback);
  if (!checked) {
    out.failure = checked.error().message();
    return out;
  }
  out.url = checked->url;
  net::FetchRequest request;
  request.url = checked->url;
  request.user_agent = "Mozilla/5.0 (X11; Linux x86_64) Vedette/0.1";
  request.verify_tls = options.verify_tls;
  request.allow_loopback = options.allow_loopback;
  request.timeout = options.timeout;
  out.fetch = net::fetch_once(fetcher, std::move(request));
  if (auto host = net::parse_url(out.url);
      options.dns && host && host->host.find_first_not_of("0123456789.[]:") != std::string::npos) {
    look_up(out, host->host, options);
  }
  if (auto interruption = interruption_of(out.fetch)) {
    out.failure = interruption->english;
    return out;
  }
  auto content_type = content_type_of(out.fetch);
  out.judgement = Profile().judge({out.fetch.final_url, out.fetch.status, content_type, out.fetch.body}, 1);
  read_facts(out, content_type);
  return out;
}

std::string check_text(const CheckedPage& p, Language language) {
  std::string out = p.url + "\n";
  auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {:<9} {}\n", name, value);
  };
  if (!p.failure.empty()) line("failed", p.failure);
  if (p.fetch.status != 0) {
    line("answer", fmt::format("{} HTTP/{} {} bytes in {} ms from {}", p.fetch.status, p.fetch.http_version,
                               p.fetch.body.size(), p.fetch.total.count() / 1000, p.fetch.address));
  }
  for (const auto& hop : p.fetch.redirects)
    line("redirect", fmt::format("{} {} -> {}", hop.status, hop.from, hop.to));
  line("title", p.title);
  if (!p.fetch.chain.empty()) {
    const auto& leaf = p.fetch.chain.front();
    line("tls", fmt::format("{} issued by {}, until {}", cut_text(leaf.subject, 200),
                            cut_text(leaf.issuer, 200), to_rfc3339(leaf.not_after).substr(0, 10)));
  }
  for (const auto& [type, values] : p.records) line(type, fmt::format("{}", fmt::join(values, ", ")));
  for (const auto& [kind, origin] : p.origins) line(kind, origin);
  for (const auto& f : p.judgement.findings) {
    out += fmt::format("  {} {}\n    {}\n", to_string(f.severity), render(f.title, language),
                       render(f.reason, language));
    if (!f.where.empty()) out += "    " + cut_text(f.where, 300) + "\n";
  }
  if (p.failure.empty() && p.judgement.findings.empty()) line("findings", "-");
  return out;
}

std::string check_json(const CheckedPage& p, Language language) {
  json::array findings, origins, redirects;
  for (const auto& f : p.judgement.findings) {
    findings.emplace_back(json::object{{"kind", f.kind},
                                       {"severity", to_string(f.severity)},
                                       {"confidence", f.confidence},
                                       {"title", render(f.title, language)},
                                       {"reason", render(f.reason, language)},
                                       {"where", cut_text(f.where)},
                                       {"after", cut_text(f.after)}});
  }
  for (const auto& [kind, origin] : p.origins)
    origins.emplace_back(json::object{{"kind", kind}, {"origin", origin}});
  for (const auto& hop : p.fetch.redirects) {
    redirects.emplace_back(json::object{{"status", hop.status}, {"from", hop.from}, {"to", hop.to}});
  }
  json::object dns;
  for (const auto& [type, values] : p.records) {
    json::array list;
    for (const auto& value : values) list.emplace_back(value);
    dns[type] = std::move(list);
  }
  json::value tls = nullptr;
  if (!p.fetch.chain.empty()) {
    const auto& leaf = p.fetch.chain.front();
    tls = json::object{{"subject", cut_text(leaf.subject)},
                       {"issuer", cut_text(leaf.issuer)},
                       {"not_before", to_rfc3339(leaf.not_before)},
                       {"not_after", to_rfc3339(leaf.not_after)},
                       {"sha256", leaf.sha256}};
  }
  return json::serialize(
      json::object{{"url", p.url},
                   {"failure", p.failure.empty() ? json::value(nullptr) : json::value(p.failure)},
                   {"status", p.fetch.status},
                   {"final_url", p.fetch.final_url},
                   {"address", p.fetch.address},
                   {"http_version", p.fetch.http_version},
                   {"latency_ms", p.fetch.total.count() / 1000},
                   {"bytes", p.fetch.body.size()},
                   {"title", p.title},
                   {"encoding", p.encoding},
                   {"blocks", p.blocks},
                   {"redirects", std::move(redirects)},
                   {"tls", std::move(tls)},
                   {"dns", std::move(dns)},
                   {"origins", std::move(origins)},
                   {"findings", std::move(findings)}});
}

int check_exit_code(const std::vector<CheckedPage>& pages) {
  int code = 0;
  for (const auto& page : pages) code = std::max(code, !page.failure.empty() ? 2 : page.finding() ? 1 : 0);
  return code;
}

}  // namespace vedette::sites
