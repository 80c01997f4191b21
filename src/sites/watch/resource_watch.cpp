#include "sites/watch/resource_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/hash.h"
#include "net/url.h"
#include "sites/html/page.h"
#include "sites/judge/script_shape.h"
#include "sites/watch/json_reader.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::size_t kHostsMax = 64;
constexpr int kStableVisits = 3;

std::string_view key_of(std::string_view url) { return url.substr(0, url.find('?')); }

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

Resource* find(ResourceState& state, std::string_view url) {
  auto found =
      std::ranges::find_if(state.resources, [&](const Resource& r) { return key_of(r.url) == key_of(url); });
  return found == state.resources.end() ? nullptr : &*found;
}

std::string domain_of(std::string_view url) {
  auto parsed = net::parse_url(url);
  return parsed ? net::registrable_domain(parsed->host) : std::string();
}

// Hosts outside the page's and the script's own domain that this version names and no earlier one did.
std::vector<std::string> new_hosts(const Resource& resource, std::string_view body,
                                   std::string_view page_url) {
  std::vector<std::string> out;
  auto page = domain_of(page_url), own = domain_of(resource.url);
  for (auto& host : hosts_in(body, kHostsMax)) {
    auto domain = net::registrable_domain(host);
    if (domain == page || domain == own || host.find('.') == std::string::npos) continue;
    if (std::ranges::find(resource.hosts, hash_of(host)) == resource.hosts.end())
      out.push_back(std::move(host));
  }
  return out;
}

void learn_script(Resource& resource, std::string_view body) {
  for (const auto& host : hosts_in(body, kHostsMax)) {
    auto hash = hash_of(host);
    if (resource.hosts.size() < kHostsMax &&
        std::ranges::find(resource.hosts, hash) == resource.hosts.end()) {
      resource.hosts.push_back(hash);
    }
  }
  resource.traits |= script_traits(body);
}

std::vector<std::string> loader_patterns(std::uint32_t gained, std::uint32_t all) {
  std::vector<std::string> out;
  if ((gained & kMines) != 0) out.emplace_back("WebAssembly miner");
  if ((gained & kDecodes) != 0 && (all & (kEvaluates | kMakesElement | kWritesPage)) != 0)
    out.emplace_back("atob/eval");
  if ((gained & kReadsInput) != 0 && (all & kSends) != 0) out.emplace_back("input listener + send");
  if ((gained & kLongLiteral) != 0 && (gained & kEvaluates) != 0) out.emplace_back("encoded literal + eval");
  return out;
}

Condition about(std::string kind, Severity severity, int confidence,
                std::map<std::string, std::string> arguments) {
  Condition c;
  c.title = {"sites." + kind, arguments};
  c.reason = {"sites." + kind + ".reason", arguments};
  c.next_step = {"sites." + kind + ".next", arguments};
  c.kind = std::move(kind);
  c.severity = severity;
  c.confidence = confidence;
  c.attack = {"T1195.002", "T1059.007"};  // Compromise Software Supply Chain; JavaScript
  return c;
}

}  // namespace

bool is_volatile(const Resource& r) { return r.visits >= kStableVisits && r.changes * 3 >= r.visits; }

void see_links(ResourceState& state, std::string_view body, std::string_view url,
               std::string_view content_type) {
  Page page = read_page(body, url, content_type);
  std::vector<Resource> next;
  std::set<std::string, std::less<>> seen;
  for (const auto& ref : page.refs) {
    bool script = ref.kind == RefKind::kScript;
    if (!script && ref.kind != RefKind::kStylesheet) continue;
    std::string absolute = page.absolute(ref.url);
    if (!absolute.starts_with("http") || absolute.size() > 2048) continue;
    if (next.size() == kResourcesMax) break;
    if (!seen.insert(std::string(key_of(absolute))).second) continue;
    Resource one;
    if (auto* known = find(state, absolute)) one = std::move(*known);
    one.url = std::move(absolute);
    one.kind = script ? "script" : "stylesheet";
    next.push_back(std::move(one));
  }
  state.resources = std::move(next);
}

std::vector<std::string> next_visits(const ResourceState& state) {
  std::vector<const Resource*> order;
  for (const auto& r : state.resources) order.push_back(&r);
  std::ranges::stable_sort(
      order, [](const Resource* a, const Resource* b) { return a->visited_at < b->visited_at; });
  std::vector<std::string> out;
  for (const auto* r : order) {
    if (out.size() == kResourcesPerRound) break;
    out.push_back(r->url);
  }
  return out;
}

ResourceSeen see_resource(ResourceState& state, const std::string& url, std::string_view body,
                          std::string_view page_url, const Asset& asset, WallTime now, bool window) {
  ResourceSeen out;
  auto* r = find(state, url);
  if (r == nullptr) return out;
  auto sha256 = sha256_hex(body);
  bool first = r->visits == 0, changed = !first && sha256 != r->sha256;
  out.script_changed = changed && r->kind == "script" && !is_volatile(*r);
  bool judged = changed && !window && r->kind == "script" && r->same >= kStableVisits - 1 && !is_volatile(*r);
  if (judged) {
    auto hosts = new_hosts(*r, body, page_url);
    auto traits = script_traits(body);
    auto patterns = loader_patterns(traits & ~r->traits, traits);
    std::map<std::string, std::string> arguments{
        {"site", asset.name},
        {"url", r->url},
        {"checks", std::to_string(r->same + 1)},
        {"origins", cut_text(fmt::format("{}", fmt::join(hosts, ", ")), 300)},
        {"patterns", fmt::format("{}", fmt::join(patterns, ", "))}};
    if (!hosts.empty() || !patterns.empty()) {
      bool both = !hosts.empty() && !patterns.empty();
      auto c = about(hosts.empty() ? "script_loader" : "script_changed",
                     both ? Severity::kHigh : Severity::kMedium, both ? 85 : 60, std::move(arguments));
      c.where = "script[src] " + r->url;
      c.before = fmt::format("SHA-256 {} ({} bytes)", r->sha256, r->bytes);
      c.after = fmt::format("SHA-256 {} ({} bytes)\n{}\n{}", sha256, body.size(), fmt::join(hosts, "\n"),
                            fmt::join(patterns, "\n"));
      out.events.push_back(std::move(c));
    }
  }
  if (r->kind == "script") learn_script(*r, body);
  r->sha256 = sha256;
  r->bytes = static_cast<std::int64_t>(body.size());
  r->visits = std::min(r->visits + 1, 1'000'000);
  r->changes += changed;
  r->same = changed ? 0 : r->same + !first;
  r->visited_at = now;
  if (first || changed) r->changed_at = now;
  return out;
}

void miss_resource(ResourceState& state, const std::string& url, WallTime now) {
  if (auto* r = find(state, url)) r->visited_at = now;
}

std::string resources_to_json(const ResourceState& state) {
  json::array show, kept;
  for (const auto& r : state.resources) {
    if (r.visits > 0) {
      show.emplace_back(json::object{{"url", r.url},
                                     {"kind", r.kind},
                                     {"sha256", r.sha256},
                                     {"bytes", r.bytes},
                                     {"last_changed_at", to_rfc3339(r.changed_at)}});
    }
    json::array hosts;
    for (auto hash : r.hosts) hosts.emplace_back(hash);
    kept.emplace_back(json::object{{"url", r.url},
                                   {"kind", r.kind},
                                   {"sha256", r.sha256},
                                   {"bytes", r.bytes},
                                   {"traits", r.traits},
                                   {"hosts", std::move(hosts)},
                                   {"visits", r.visits},
                                   {"changes", r.changes},
                                   {"same", r.same},
                                   {"visited", to_unix_ms(r.visited_at)},
                                   {"changed", to_unix_ms(r.changed_at)}});
  }
  return json::serialize(json::object{{"show", std::move(show)}, {"state", std::move(kept)}});
}

ResourceState resources_from_json(std::string_view text) {
  ResourceState out;
  read_part(text, [&](const JsonReader& part) {
    part.elements("state", [&](const JsonReader& one) {
      if (out.resources.size() == kResourcesMax) return;
      Resource r;
      one.get("url", r.url);
      one.get("kind", r.kind);
      one.get("sha256", r.sha256);
      one.get("bytes", r.bytes);
      one.get("traits", r.traits);
      one.get("hosts", r.hosts);
      one.get("visits", r.visits);
      one.get("changes", r.changes);
      one.get("same", r.same);
      one.get("visited", r.visited_at);
      one.get("changed", r.changed_at);
      out.resources.push_back(std::move(r));
    });
  });
  return out;
}

}  // namespace vedette::sites
