#include "sites/judge/profile.h"

#include <algorithm>

#include "net/url.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/hash32.h"
#include "sites/judge/hostile_words.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kHostsPerScript = 32;

std::string main_text(const Page& page, std::size_t bytes_max) {
  std::string out;
  for (const TextBlock& block : page.blocks) {
    if (block.text.size() < 12 || is_hidden(block.hidden)) continue;
    if (!out.empty()) out += '\n';
    out += clipped(block.text, 160);
    if (out.size() >= bytes_max) break;
  }
  return clipped(out, bytes_max);
}

std::uint32_t mean(std::uint32_t old, std::size_t now, bool first) {
  return first ? static_cast<std::uint32_t>(now)
               : static_cast<std::uint32_t>((std::uint64_t{old} * 7 + now) / 8);
}

}  // namespace

std::uint32_t where_key(std::string_view where) {
  std::string plain;
  for (char c : where.substr(0, 512)) {
    if (c >= '0' && c <= '9') {
      if (!plain.empty() && plain.back() == '0') continue;
      c = '0';
    }
    plain += c;
  }
  return hash32(plain, 60);
}

const KnownHost* Profile::Impl::host(std::string_view name) const {
  auto at =
      std::lower_bound(hosts.begin(), hosts.end(), name,
                       [](const KnownHost& known, std::string_view value) { return known.host < value; });
  return at != hosts.end() && at->host == name ? &*at : nullptr;
}

bool Profile::Impl::host_family_known(std::string_view name) const {
  if (host(name) != nullptr) return true;
  const std::string domain = net::registrable_domain(name);
  if (domain.empty()) return false;
  return std::any_of(hosts.begin(), hosts.end(), [&](const KnownHost& known) {
    return known.host == domain || (known.host.size() > domain.size() && known.host.ends_with(domain) &&
                                    known.host[known.host.size() - domain.size() - 1] == '.');
  });
}

bool Profile::Impl::any_host_known(std::string_view name) const {
  const std::uint32_t key = link_host_key(name);
  auto holds = [&](const PresenceSet& set) { return set.sampled(key) && set.known(key); };
  return host_family_known(name) || holds(link_hosts) || holds(script_hosts);
}

// A rule names an element path or an origin, as a finding did; it covers what lies below it.
bool Profile::Impl::ignores(std::string_view where) const {
  if (ignored.empty()) return false;
  auto listed = [&](std::string_view part) {
    return std::find(ignored.begin(), ignored.end(), where_key(part)) != ignored.end();
  };
  if (listed(where)) return true;
  for (std::size_t at = where.find_last_of("/ "); at != std::string_view::npos && at > 0;
       at = where.find_last_of("/ ", at - 1)) {
    if (listed(where.substr(0, at)) || listed(where.substr(at + 1))) return true;
  }
  return false;
}

std::uint32_t Profile::Impl::stable_blocks() const { return blocks.compare({}, weight).stable; }

void Profile::Impl::learn_hosts(const std::vector<HostUse>& uses, bool full, bool approve) {
  for (KnownHost& known : hosts) {
    if (!known.pinned) known.seen = decayed(known.seen, full);
    // What was once loaded stays known: an advertisement that returns after months is no foreign code.
    known.seen = std::max<std::uint8_t>(known.seen, 1);
  }
  for (const HostUse& use : uses) {
    if (use.host.size() > 120) continue;
    auto at =
        std::lower_bound(hosts.begin(), hosts.end(), use.host,
                         [](const KnownHost& known, std::string_view value) { return known.host < value; });
    if (at == hosts.end() || at->host != use.host)
      at = hosts.insert(at, KnownHost{std::string(use.host), 0, 0, false});
    at->kinds |= use.kinds;
    at->seen = static_cast<std::uint8_t>(std::min<int>(at->seen + kSeenStep, kWeightMax));
    at->pinned |= approve;
  }
  auto bytes = [&] {
    std::size_t sum = 0;
    for (const KnownHost& known : hosts) sum += known.host.size() + 5;
    return sum;
  };
  std::size_t sum = bytes();
  while (!hosts.empty() && (hosts.size() > kHostsMax || sum > kHostBytesMax)) {
    // Images alone go before code, rare before steady.
    auto cost = [](const KnownHost& known) {
      return (known.pinned ? 1024 : 0) + ((known.kinds & kActiveKinds) != 0 ? 512 : 0) + known.seen;
    };
    auto least = std::min_element(hosts.begin(), hosts.end(),
                                  [&](const KnownHost& a, const KnownHost& b) { return cost(a) < cost(b); });
    sum -= least->host.size() + 5;
    hosts.erase(least);
  }
}

void Profile::Impl::learn(const Features& f, bool approve) {
  const bool full = weight >= kWeightMax;
  const bool first = learned == 0;
  std::vector<std::uint32_t> named;
  for (std::size_t i = 0; i < f.script_hash.size(); ++i) {
    if (f.script_hash[i] == 0 || (!approve && scripts.seen(f.script_hash[i]) > 0)) continue;
    const std::uint32_t key = name_key("traits", std::to_string(script_traits(f.page.scripts[i].body)));
    names.learn(std::span(&key, 1), false);
    for (const std::string& host : hosts_in(f.page.scripts[i].body, kHostsPerScript))
      named.push_back(link_host_key(host));
  }
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  // Read from new scripts only, so they do not fade while the script stays.
  script_hosts.learn(named, false);
  // Words do not fade: what a page may speak of is not forgotten with the article that did.
  const std::vector<std::uint32_t> used = word_keys(f, *this);
  words.learn(used, false);
  if (!full && !approve) weight = static_cast<std::uint8_t>(std::min(weight + kSeenStep, +kWeightMax));
  if (approve && weight < 4 * kSeenStep) weight = 4 * kSeenStep;
  auto take = [&](PresenceSet& set, std::span<const std::uint32_t> present) {
    if (approve) {
      set.approve(present, weight);
    } else {
      set.learn(present, full);
    }
  };
  take(blocks, f.blocks);
  take(shingles, f.shingles);
  take(paths, f.paths);
  take(scripts, f.scripts);
  take(handlers, f.handlers);
  take(assets, f.assets);
  take(own_links, f.own_links);
  take(link_hosts, f.link_hosts);
  take(hidden_links, f.hidden_links);
  take(titles, std::span(&f.title_hash, 1));
  take(title_words, f.title_words);
  take(names, f.names);
  learn_hosts(f.hosts, full, approve);

  title = clipped(f.page.title, kTitleBytesMax);
  opening = main_text(f.page, kExcerptBytesMax);
  body_bytes = mean(body_bytes, f.body_bytes, first || approve);
  text_bytes = mean(text_bytes, f.page.text_bytes, first || approve);
  approved |= approve;
  ++learned;
}

}  // namespace vedette::sites
