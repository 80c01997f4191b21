#include "sites/judge/continuity.h"

#include <algorithm>

#include "net/url.h"
#include "sites/judge/hash32.h"

namespace vedette::sites {
namespace {

struct Mean {
  double sum = 0, weight = 0;
  void add(double value, double w) { sum += value * w, weight += w; }
  double value() const { return weight == 0 ? 1.0 : sum / weight; }
};

// What is there counts as the page if it was seen before, even when much else is gone (a variant, a cut
// page).
double share(const PresenceSet::Share& s, std::uint32_t enough) {
  const double precision = s.known >= enough ? s.precision() : 0.0;
  return std::max(s.recall(), precision);
}

std::string own_name(std::string_view host) {
  const std::string domain = net::registrable_domain(host);
  return domain.substr(0, domain.find('.'));
}

bool brand_on_page(const Features& f, const Profile::Impl& profile, double* title_share) {
  std::vector<std::uint32_t> words = f.title_words;
  std::size_t budget = 64u << 10;
  for (const TextBlock& block : f.page.blocks) {
    if (block.text.size() > budget) break;
    budget -= block.text.size();
    const std::vector<std::uint32_t> more = word_hashes(block.text);
    words.insert(words.end(), more.begin(), more.end());
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  const PresenceSet::Share s = profile.title_words.compare(words, profile.weight);
  *title_share = std::max(*title_share, 0.7 * s.recall());
  const std::string name = own_name(f.page.host);
  const bool named = name.size() >= 3 && std::binary_search(words.begin(), words.end(), hash32(name, 44));
  return named || s.kept > 0;
}

}  // namespace

Continuity continuity(const Features& f, const Profile::Impl& p) {
  Continuity c;
  c.blocks = p.blocks.compare(f.blocks, p.weight);
  c.paths = p.paths.compare(f.paths, p.weight);
  const PresenceSet::Share shingles = p.shingles.compare(f.shingles, p.weight);
  const PresenceSet::Share assets = p.assets.compare(f.assets, p.weight);
  const PresenceSet::Share scripts = p.scripts.compare(f.scripts, p.weight);
  const PresenceSet::Share links = p.own_links.compare(f.own_links, p.weight);
  const PresenceSet::Share outward = p.link_hosts.compare(f.link_hosts, p.weight);
  const PresenceSet::Share title = p.title_words.compare(f.title_words, p.weight);

  Mean all;
  if (c.blocks.stable >= 3) {
    c.text = share(c.blocks, 5);
    if (shingles.stable >= 8) c.text = std::max(c.text, share(shingles, 8));
    all.add(c.text, 0.40);
  }
  if (c.paths.stable >= 3) {
    c.structure = c.paths.recall();
    all.add(c.structure, 0.12);
  }
  Mean resources;
  if (assets.stable > 0) resources.add(assets.recall(), 2);
  if (scripts.stable > 0) resources.add(scripts.recall(), 1);
  std::uint32_t stable_hosts = 0, kept_hosts = 0;
  for (const KnownHost& known : p.hosts) {
    if (known.seen < 0.6 * p.weight) continue;
    ++stable_hosts;
    kept_hosts +=
        std::any_of(f.hosts.begin(), f.hosts.end(), [&](const HostUse& u) { return u.host == known.host; })
            ? 1u
            : 0u;
  }
  if (stable_hosts > 0) resources.add(static_cast<double>(kept_hosts) / stable_hosts, 2);
  if (resources.weight > 0) {
    c.resources = resources.value();
    all.add(c.resources, 0.20);
  }
  Mean navigation;
  if (links.stable > 0) navigation.add(links.recall(), 2);
  if (outward.stable > 0) navigation.add(outward.recall(), 1);
  if (navigation.weight > 0) {
    c.links = navigation.value();
    all.add(c.links, 0.16);
  }
  if (title.stable > 0) {
    c.title = title.recall();
    // The words of the page are only read where it seems to be gone.
    if (all.value() < 0.5) c.brand = brand_on_page(f, p, &c.title);
    all.add(c.title, 0.12);
  }
  c.judgeable = all.weight >= 0.24 && p.learned > 0;
  c.total = c.judgeable ? all.value() : 1.0;
  if (c.blocks.stable < 3) c.text = c.total;
  return c;
}

}  // namespace vedette::sites
