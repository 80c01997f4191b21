#include "logs/watch/watch_list.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "logs/json_text.h"

namespace vedette::logs {
namespace {

constexpr std::uint8_t bit(WatchKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}
constexpr std::uint8_t kAddressField = bit(WatchKind::kAddress), kHashField = bit(WatchKind::kHash),
                       kUrlField = bit(WatchKind::kUrl), kMailField = bit(WatchKind::kMail),
                       kNameField = bit(WatchKind::kName),
                       // Many sources write a name or an address into the same field.
    kPeerField = kAddressField | kNameField;

struct WatchField {
  std::string_view name;
  std::uint8_t kinds;
};
// ECS; Sysmon and Windows; Suricata's EVE; W3C.
constexpr std::array kWatchFields{
    WatchField{"source.ip", kAddressField},
    WatchField{"destination.ip", kAddressField},
    WatchField{"client.ip", kAddressField},
    WatchField{"server.ip", kAddressField},
    WatchField{"network.forwarded_ip", kAddressField},
    WatchField{"dns.resolved_ip", kAddressField},
    WatchField{"dns.answers.data", kPeerField},
    WatchField{"source.address", kPeerField},
    WatchField{"destination.address", kPeerField},
    WatchField{"client.address", kPeerField},
    WatchField{"server.address", kPeerField},
    WatchField{"source.domain", kNameField},
    WatchField{"destination.domain", kNameField},
    WatchField{"client.domain", kNameField},
    WatchField{"server.domain", kNameField},
    WatchField{"dns.question.name", kNameField},
    WatchField{"tls.client.server_name", kNameField},
    WatchField{"url.domain", kPeerField},
    WatchField{"url.full", kUrlField},
    WatchField{"url.original", kUrlField},
    WatchField{"http.request.referrer", kUrlField},
    WatchField{"file.hash.md5", kHashField},
    WatchField{"file.hash.sha1", kHashField},
    WatchField{"file.hash.sha256", kHashField},
    WatchField{"file.hash.sha512", kHashField},
    WatchField{"process.hash.md5", kHashField},
    WatchField{"process.hash.sha1", kHashField},
    WatchField{"process.hash.sha256", kHashField},
    WatchField{"dll.hash.sha256", kHashField},
    WatchField{"email.from.address", kMailField},
    WatchField{"email.to.address", kMailField},
    WatchField{"email.sender.address", kMailField},
    WatchField{"email.reply_to.address", kMailField},
    WatchField{"SourceIp", kAddressField},
    WatchField{"DestinationIp", kAddressField},
    WatchField{"IpAddress", kAddressField},
    WatchField{"ClientAddress", kAddressField},
    WatchField{"SourceHostname", kNameField},
    WatchField{"DestinationHostname", kNameField},
    WatchField{"QueryName", kNameField},
    WatchField{"Hashes", kHashField},
    WatchField{"src_ip", kAddressField},
    WatchField{"dest_ip", kAddressField},
    WatchField{"dns.rrname", kNameField},
    WatchField{"dns.query.rrname", kNameField},
    WatchField{"http.hostname", kPeerField},
    WatchField{"tls.sni", kNameField},
    WatchField{"fileinfo.md5", kHashField},
    WatchField{"fileinfo.sha1", kHashField},
    WatchField{"fileinfo.sha256", kHashField},
    WatchField{"c-ip", kAddressField},
    WatchField{"s-ip", kAddressField},
    WatchField{"cs-host", kPeerField},
    WatchField{"cs(Referer)", kUrlField},
};

constexpr std::size_t kSlots = 1024;
constexpr std::size_t slot_of(std::string_view name) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[at]));
  };
  return (name.size() * 131 + byte(0) * 31 + byte(name.size() - 1) * 7 + byte(name.size() / 2) * 17) % kSlots;
}

// By slot: 1 + the place of the first field there; fields of one slot are chained.
struct FieldTable {
  std::array<std::uint8_t, kSlots> first{};
  std::array<std::uint8_t, kWatchFields.size()> next{};
};
constexpr FieldTable kFieldTable = [] {
  static_assert(kWatchFields.size() < 255);
  FieldTable out;
  for (std::size_t i = 0; i < kWatchFields.size(); ++i) {
    auto& first = out.first[slot_of(kWatchFields[i].name)];
    out.next[i] = first;
    first = static_cast<std::uint8_t>(i + 1);
  }
  return out;
}();

std::uint8_t kinds_of(std::string_view name) {
  if (name.empty()) return 0;
  for (auto at = kFieldTable.first[slot_of(name)]; at != 0; at = kFieldTable.next[at - 1U])
    if (kWatchFields[at - 1U].name == name) return kWatchFields[at - 1U].kinds;
  return 0;
}

void lower_into(std::string_view text, std::string& out) {
  out.assign(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
}

void masked(const unsigned char* bytes, int family, int bits, std::string& out) {
  std::array<unsigned char, 16> kept{};
  const int size = family == AF_INET ? 4 : 16;
  for (int i = 0; i < size; ++i)
    kept[static_cast<std::size_t>(i)] =
        bytes[i] & static_cast<unsigned char>(0xff << (8 - std::clamp(bits - i * 8, 0, 8)));
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, kept.data(), text.data(), text.size());
  out = text.data();
  if (bits != size * 8) out += '/' + std::to_string(bits);
}

// Of the first and the last eight bytes, whatever their case, and the length.
std::uint64_t filter_key(WatchKind kind, std::string_view value) {
  std::uint64_t head = 0, tail = 0;
  const auto bytes = std::min<std::size_t>(8, value.size());
  std::memcpy(&head, value.data(), bytes);
  std::memcpy(&tail, value.data() + value.size() - bytes, bytes);
  constexpr std::uint64_t kCase = 0x2020202020202020;
  auto mixed = (head | kCase) * 0x9e3779b97f4a7c15;
  mixed ^= ((tail | kCase) + value.size() * 8 + static_cast<std::uint64_t>(kind)) * 0xc2b2ae3d27d4eb4f;
  mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15;
  return mixed >> 24;
}

std::uint64_t network_key(std::uint32_t address, int bits) {
  const auto kept = bits == 0 ? 0U : address & ~std::uint32_t{0} << (32 - std::min(bits, 32));
  return std::uint64_t{kept} << 8 | static_cast<std::uint64_t>(bits);
}

// Each term once.
void meet_term(std::uint32_t number, std::vector<std::uint32_t>& seen) {
  if (std::ranges::find(seen, number) == seen.end()) seen.push_back(number);
}

}  // namespace

std::string url_key(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos || scheme > 16) return {};
  const bool secure = url.substr(0, scheme) == "https" || url.substr(0, scheme) == "HTTPS";
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  auto host = url.substr(0, url.find_first_of("/?"));
  auto rest = url.substr(host.size());
  if (const auto user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
  const std::string_view port = secure ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  if (host.empty()) return {};
  std::string out;
  lower_into(host, out);
  if (rest.empty() || rest.front() == '?') out += '/';
  return out += rest;
}

std::uint32_t WatchList::number_of(WatchTerm term) {
  if (term.kind == WatchKind::kUrl) {
    if (auto key = url_key(term.value); !key.empty()) term.value = std::move(key);
  } else {
    std::string lower;
    lower_into(term.value, lower);
    term.value = std::move(lower);
  }
  const auto place = filter_key(term.kind, term.value) & (filter_.size() * 64 - 1);
  filter_[place / 64] |= std::uint64_t{1} << (place % 64);
  const auto [at, fresh] = terms_[static_cast<std::size_t>(term.kind)].try_emplace(
      term.value, static_cast<std::uint32_t>(entries_with_.size()));
  if (fresh) entries_with_.emplace_back();
  const auto slash = term.value.rfind('/');
  if (term.kind != WatchKind::kAddress || slash == std::string::npos) return at->second;
  const auto bits = std::clamp(std::atoi(term.value.c_str() + slash + 1), 0, 128);
  std::uint32_t network = 0;
  if (inet_pton(AF_INET, term.value.substr(0, slash).c_str(), &network) == 1) {
    networks4_.emplace(network_key(ntohl(network), bits), at->second);
    if (std::ranges::find(lengths4_, bits) == lengths4_.end()) lengths4_.push_back(bits);
  } else {
    prefixes6_.set(static_cast<std::size_t>(bits));
  }
  return at->second;
}

bool WatchList::may_hold(WatchKind kind, std::string_view value) const {
  const auto place = filter_key(kind, value) & (filter_.size() * 64 - 1);
  return (filter_[place / 64] >> (place % 64) & 1) != 0;
}

std::shared_ptr<const WatchList> WatchList::make(std::vector<AdvisoryFacts> advisories,
                                                 std::vector<WatchEntry> entries) {
  VEDETTE_ASSERT(entries.size() <= kEntriesMax);
  std::shared_ptr<WatchList> out(new WatchList());
  out->advisories_ = std::move(advisories);
  out->entries_ = std::move(entries);
  std::size_t terms = 0;
  for (const auto& entry : out->entries_) terms += entry.all.size();
  // Sixteen bits a term: one value in sixteen that is not listed is looked up all the same.
  out->filter_.resize(std::bit_ceil(std::max<std::size_t>(16, terms / 4)));
  for (std::size_t i = 0; i < out->entries_.size(); ++i) {
    auto& entry = out->entries_[i];
    VEDETTE_ASSERT(entry.advisory < out->advisories_.size() && !entry.all.empty() &&
                   entry.all.size() <= kTermsMax);
    auto& numbers = out->terms_of_.emplace_back();
    for (auto& term : entry.all) {
      const auto number = out->number_of(std::move(term));
      if (std::ranges::find(numbers, number) != numbers.end()) continue;
      numbers.push_back(number);
      out->entries_with_[number].push_back(static_cast<std::uint32_t>(i));
    }
    entry.all.clear();  // the terms are numbers now
  }
  return out;
}

void WatchList::meet(WatchKind kind, const std::string& value, WatchScratch& scratch) const {
  const auto& terms = terms_[static_cast<std::size_t>(kind)];
  const auto found = terms.find(value);
  if (found != terms.end()) meet_term(found->second, scratch.seen);
}

void WatchList::look_up_networks(std::uint32_t address, WatchScratch& scratch) const {
  for (const auto bits : lengths4_) {
    const auto found = networks4_.find(network_key(address, bits));
    if (found != networks4_.end()) meet_term(found->second, scratch.seen);
  }
}

void WatchList::look_up_address(std::string_view value, WatchScratch& scratch) const {
  std::uint32_t network = 0;
  if (value.find(':') == value.npos) {
    scratch.key.assign(value);
    if (may_hold(WatchKind::kAddress, value)) meet(WatchKind::kAddress, scratch.key, scratch);
    if (!lengths4_.empty() && inet_pton(AF_INET, scratch.key.c_str(), &network) == 1)
      look_up_networks(ntohl(network), scratch);
    return;
  }
  scratch.key.assign(value);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, scratch.key.c_str(), bytes.data()) != 1) return;
  // An IPv4 peer of an IPv6 socket: "::ffff:192.0.2.7".
  static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    masked(bytes.data() + kMapped.size(), AF_INET, 32, scratch.key);
    meet(WatchKind::kAddress, scratch.key, scratch);
    std::memcpy(&network, bytes.data() + kMapped.size(), sizeof network);
    look_up_networks(ntohl(network), scratch);
    return;
  }
  constexpr int kAll = 128;
  for (int bits = 1; bits <= kAll; ++bits) {
    if (bits != kAll && !prefixes6_.test(static_cast<std::size_t>(bits))) continue;
    masked(bytes.data(), AF_INET6, bits, scratch.key);
    meet(WatchKind::kAddress, scratch.key, scratch);
  }
}

// The name, and each above it that has a dot: who listed evil.example means www.evil.example too.
void WatchList::look_up_name(std::string_view value, WatchScratch& scratch) const {
  if (value.ends_with('.')) value.remove_suffix(1);
  if (terms_[static_cast<std::size_t>(WatchKind::kName)].empty() || value.size() > 253) return;
  while (value.find('.') != value.npos) {
    if (may_hold(WatchKind::kName, value)) {
      lower_into(value, scratch.key);
      meet(WatchKind::kName, scratch.key, scratch);
    }
    value.remove_prefix(value.find('.') + 1);
  }
}

void WatchList::look_up_url(std::string_view value, WatchScratch& scratch) const {
  const auto key = url_key(value);
  if (key.empty()) return;
  meet(WatchKind::kUrl, key, scratch);
  auto host = std::string_view(key).substr(0, key.find('/'));
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') == host.npos ? host.npos : host.find(']') - 1);
  else
    host = host.substr(0, host.find(':'));
  look_up_name(host, scratch);
  look_up_address(host, scratch);
}

// "SHA1=…,MD5=…,SHA256=…" or one hash alone.
void WatchList::look_up_hashes(std::string_view value, WatchScratch& scratch) const {
  while (!value.empty()) {
    auto part = value.substr(0, value.find_first_of(",; "));
    value.remove_prefix(std::min(value.size(), part.size() + 1));
    if (const auto equals = part.find('='); equals != part.npos) part.remove_prefix(equals + 1);
    if (part.size() < 32 || part.size() > 128 || !may_hold(WatchKind::kHash, part)) continue;
    lower_into(part, scratch.key);
    meet(WatchKind::kHash, scratch.key, scratch);
  }
}

void WatchList::look_up(std::uint8_t kinds, std::string_view value, WatchScratch& scratch) const {
  if ((kinds & kAddressField) != 0) look_up_address(value, scratch);
  if ((kinds & kNameField) != 0) look_up_name(value, scratch);
  if ((kinds & kUrlField) != 0) look_up_url(value, scratch);
  if ((kinds & kHashField) != 0) look_up_hashes(value, scratch);
  if ((kinds & kMailField) != 0) {
    if (may_hold(WatchKind::kMail, value)) {
      lower_into(value, scratch.key);
      meet(WatchKind::kMail, scratch.key, scratch);
    }
    // A mail address is of a domain that may be listed.
    if (const auto at = value.rfind('@'); at != value.npos) look_up_name(value.substr(at + 1), scratch);
  }
}

const std::vector<WatchHit>& WatchList::match(const EventView& event, WatchScratch& scratch) const {
  scratch.seen.clear();
  scratch.hits.clear();
  for (const auto& field : event.fields) {
    const auto kinds = kinds_of(field.name);
    if (kinds == 0 || field.value.size() < 3 || field.value.size() > kValueBytesMax) continue;
    auto value = field.value;
    if (field.escaped) {
      scratch.text.clear();
      unescape_json(value, scratch.text);
      value = scratch.text;
    }
    look_up(kinds, value, scratch);
  }
  for (const auto term : scratch.seen) {
    for (const auto entry : entries_with_[term]) {
      const auto& all = terms_of_[entry];
      // Each entry once: by the first of its terms.
      if (all.front() != term) continue;
      const bool met = std::ranges::all_of(
          all, [&](std::uint32_t one) { return std::ranges::find(scratch.seen, one) != scratch.seen.end(); });
      if (!met) continue;
      if (scratch.hits.size() == kHitsMax) return scratch.hits;
      scratch.hits.push_back({&advisories_[entries_[entry].advisory], &entries_[entry].shown});
    }
  }
  return scratch.hits;
}

}  // namespace vedette::logs
