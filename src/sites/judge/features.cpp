#include "sites/judge/features.h"

#include <algorithm>
#include <array>

#include "sites/html/byte_scan.h"
#include "sites/judge/hash32.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kBlockBytesMin = 3;
constexpr std::size_t kShingleWords = 3;
constexpr std::uint32_t kShingleSample = 7;  // one shingle in eight

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// The letter in lower case; 0: no letter.
constexpr std::array<std::uint8_t, 256> make_letters() {
  std::array<std::uint8_t, 256> letters{};
  for (unsigned c = 'a'; c <= 'z'; ++c) letters[c] = letters[c - 32] = static_cast<std::uint8_t>(c);
  for (unsigned c = 0x80; c < 256; ++c) letters[c] = static_cast<std::uint8_t>(c);
  return letters;
}
constexpr auto kLetters = make_letters();

// Letters in lower case, every number one sign, the rest one separator: dates and counters do not change a
// block.
struct BlockReader {
  std::vector<std::uint32_t>& shingles;
  std::uint64_t previous[kShingleWords - 1] = {};
  std::size_t words = 0;

  void word(std::uint64_t hash) {
    if (++words >= kShingleWords) {
      Mixer mixer(1);
      for (std::uint64_t old : previous) mixer.add(old);
      mixer.add(hash);
      if ((mixer.value() & kShingleSample) == 0) shingles.push_back(mixer.value());
    }
    for (std::size_t i = 0; i + 1 < kShingleWords - 1; ++i) previous[i] = previous[i + 1];
    previous[kShingleWords - 2] = hash;
  }

  std::uint32_t block(std::string_view text) {
    Mixer whole(2);
    bool number = false;
    for (std::size_t i = 0; i < text.size();) {
      if (kLetters[static_cast<unsigned char>(text[i])] != 0) {
        std::uint64_t hash = 0xcbf29ce484222325ull;
        for (std::uint8_t small;
             i < text.size() && (small = kLetters[static_cast<unsigned char>(text[i])]) != 0; ++i)
          hash = (hash ^ small) * 0x100000001b3ull;
        whole.add(hash);
        word(hash);
        number = false;
      } else {
        if (text[i] >= '0' && text[i] <= '9' && !number) whole.add(0x30), number = true;
        ++i;
      }
    }
    return whole.value();
  }
};

void sort_unique(std::vector<std::uint32_t>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

// The path of element names: classes change with every build of a style sheet.
std::uint32_t path_hash(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  bool name = true;
  for (char c : path) {
    if (c == '/') name = true;
    if (c == '.' || c == '#' || c == '[') name = false;
    if (name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  Mixer mixer(3);
  mixer.add(hash);
  return mixer.value();
}

// Elements in one place share one path: it is hashed once.
struct PathReader {
  std::vector<std::uint32_t>& hashes;
  std::array<const char*, 256> last = {};  // by address

  void read(std::string_view path) {
    const auto address = reinterpret_cast<std::uintptr_t>(path.data());
    const char*& slot = last[(address * 0x9E3779B97F4A7C15ull) >> 56];
    if (slot == path.data() && slot != nullptr) return;
    slot = path.data();
    hashes.push_back(path_hash(path));
  }
};

std::string_view without_query(std::string_view url) {
  return url.substr(
      0, static_cast<std::size_t>(find_any<'?', '#'>(url.data(), url.data() + url.size()) - url.data()));
}

// Where a resource lies: its folders without build hashes and numbers.
std::uint32_t asset_hash(RefKind kind, std::string_view url) {
  if (const std::size_t scheme = url.find("//"); scheme != std::string_view::npos && scheme < 8) {
    const std::size_t path = url.find('/', scheme + 2);
    url = path == std::string_view::npos ? "/" : url.substr(path);
  }
  url = without_query(url);
  Mixer mixer(4 + static_cast<std::uint64_t>(kind));
  std::size_t from = 0;
  while (from < url.size()) {
    const std::size_t end = std::min(url.find('/', from), url.size());
    const std::string_view part = url.substr(from, end - from);
    std::size_t digits = 0;
    for (char c : part) digits += c >= '0' && c <= '9' ? 1u : 0u;
    if (end != url.size() && digits <= 1) mixer.add(part);
    from = end + 1;
  }
  return mixer.value();
}

std::uint32_t own_link_hash(std::string_view url) {
  if (const std::size_t scheme = url.find("//"); scheme != std::string_view::npos && scheme < 8) {
    const std::size_t path = url.find('/', scheme + 2);
    url = path == std::string_view::npos ? "/" : url.substr(path);
  }
  return hash32(without_query(url), 20);
}

void merge_hosts(std::vector<HostUse>& hosts) {
  std::sort(hosts.begin(), hosts.end(), [](const HostUse& a, const HostUse& b) { return a.host < b.host; });
  std::size_t kept = 0;
  for (const HostUse& use : hosts) {
    if (kept > 0 && hosts[kept - 1].host == use.host) {
      hosts[kept - 1].kinds |= use.kinds;
    } else {
      hosts[kept++] = use;
    }
  }
  hosts.resize(kept);
}

void read_refs(Features& out, PathReader& paths) {
  for (const Ref& ref : out.page.refs) {
    paths.read(ref.path);
    const std::string_view host = ref.host.empty() ? ref.origin : ref.host;
    if (ref.kind == RefKind::kLink) {
      if (is_hidden(ref.hidden)) out.hidden_links.push_back(hidden_link_key(ref));
      if (ref.own) {
        if (ref.url.size() > 1 && ref.url.front() != '#') out.own_links.push_back(own_link_hash(ref.url));
      } else if (!host.empty()) {
        out.link_hosts.push_back(link_host_key(host));
      }
      continue;
    }
    if (ref.own) {
      if (ref.origin.empty() || !ref.host.empty()) {
        out.assets.push_back(asset_hash(ref.kind, ref.url));
        if (ref.kind == RefKind::kScript) out.own_scripts.push_back(out.assets.back());
      }
      if (!ref.host.empty() || ref.origin.empty()) continue;
    }
    if (!host.empty()) out.hosts.push_back({host, kind_bit(ref.kind)});
  }
  merge_hosts(out.hosts);
}

void read_scripts(Features& out) {
  out.script_hash.reserve(out.page.scripts.size());
  for (const InlineScript& script : out.page.scripts) {
    const bool counts =
        script.executable() && script.body.find_first_not_of(" \t\r\n") != std::string_view::npos;
    out.script_hash.push_back(counts ? skeleton_hash(script.body, 30) : 0);
    if (!counts) continue;
    out.scripts.push_back(out.script_hash.back());
  }
  for (const InlineHandler& handler : out.page.handlers) {
    out.handler_hash.push_back(skeleton_hash(handler.code, 31));
    out.handlers.push_back(out.handler_hash.back());
  }
}

bool is_closed(std::string_view html) {
  const std::string_view tail = html.substr(html.size() - std::min<std::size_t>(html.size(), 2048));
  return tail.find("</html") != std::string_view::npos || tail.find("</HTML") != std::string_view::npos ||
         tail.find("</body") != std::string_view::npos || tail.find("</BODY") != std::string_view::npos;
}

}  // namespace

bool is_hidden(std::uint16_t hidden) { return (hidden & kHiddenInline) != 0; }

std::uint32_t hidden_link_key(const Ref& ref) {
  return hash32(ref.own ? ref.path : ref.host, ref.own ? 40 : 41);
}
std::uint32_t link_host_key(std::string_view host) { return hash32(host, 42); }
std::uint32_t name_key(std::string_view kind, std::string_view value) {
  Mixer mixer(43);
  mixer.add(kind);
  mixer.add(value);
  return mixer.value();
}

std::vector<std::uint32_t> word_hashes(std::string_view text, std::size_t length_min) {
  std::vector<std::uint32_t> out;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool inside = i < text.size() && (word_byte(text[i]) || (text[i] >= '0' && text[i] <= '9'));
    if (inside) {
      word.push_back(lower(text[i]));
    } else {
      if (word.size() >= length_min) out.push_back(hash32(word, 44));
      word.clear();
    }
  }
  sort_unique(out);
  return out;
}

Features extract(const PageInput& input) {
  Features out;
  out.page = read_page(input.body, input.url, input.content_type);
  out.body_bytes = input.body.size();
  out.closed = is_closed(out.page.html);

  BlockReader reader{out.shingles};
  out.block_hash.reserve(out.page.blocks.size());
  PathReader paths{out.paths};
  for (const TextBlock& block : out.page.blocks) {
    const bool counts = block.text.size() >= kBlockBytesMin;
    out.block_hash.push_back(counts ? reader.block(block.text) : 0);
    if (counts) out.blocks.push_back(out.block_hash.back());
    paths.read(block.path);
  }
  read_refs(out, paths);
  read_scripts(out);

  out.title_hash = reader.block(out.page.title);
  out.title_words = word_hashes(out.page.title);
  out.names.push_back(name_key("lang", out.page.lang.substr(0, 2)));
  out.names.push_back(name_key("generator", out.page.generator.substr(0, 12)));
  out.names.push_back(name_key("closed", out.closed ? "yes" : "no"));
  out.names.push_back(name_key(
      "refresh", out.page.refresh.substr(out.page.refresh.find_first_of(";,") == std::string_view::npos
                                             ? out.page.refresh.size()
                                             : out.page.refresh.find_first_of(";,"))));
  out.names.push_back(name_key("begin", out.page.html.substr(0, kBeginBytes)));
  out.names.push_back(name_key("password", out.page.password_inputs > 0 ? "yes" : "no"));
  for (std::vector<std::uint32_t>* items :
       {&out.blocks, &out.shingles, &out.paths, &out.scripts, &out.handlers, &out.assets, &out.own_links,
        &out.link_hosts, &out.hidden_links, &out.names, &out.own_scripts}) {
    sort_unique(*items);
  }
  return out;
}

}  // namespace vedette::sites
