#include "sites/judge/script_shape.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "sites/html/byte_scan.h"
#include "sites/judge/hash32.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kHostBytesMax = 253;

enum Class : std::uint8_t { kDrop = 0, kKeep = 1, kQuote, kSlash };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) classes[static_cast<std::size_t>(c)] = c > ' ' ? kKeep : kDrop;
  for (unsigned char c = '0'; c <= '9'; ++c) classes[c] = kDrop;
  classes['"'] = classes['\''] = classes['`'] = kQuote;
  classes['/'] = kSlash;
  return classes;
}
constexpr auto kClasses = make_classes();

template <char kQuoteByte>
std::size_t string_end(std::string_view code, std::size_t open) {
  const char *const begin = code.data(), *const end = begin + code.size();
  const char* at = begin + open + 1;
  while (at < end) {
    // No quoted string passes a line end: a quote inside a regular expression is put right there.
    at = kQuoteByte == '`' ? find_any<kQuoteByte, '\\'>(at, end) : find_any<kQuoteByte, '\\', '\n'>(at, end);
    if (at == end) break;
    if (*at == kQuoteByte) return static_cast<std::size_t>(at - begin) + 1;
    if (*at == '\n') {
      // Where no quote follows at all, the rest is taken for the string.
      const bool more = std::memchr(at, kQuoteByte, static_cast<std::size_t>(end - at)) != nullptr;
      return more ? static_cast<std::size_t>(at - begin) : code.size();
    }
    ++at;
    if (at < end && (kQuoteByte == '`' || *at != '\n')) ++at;
  }
  return code.size();
}

std::size_t string_end(std::string_view code, std::size_t open) {
  switch (code[open]) {
    case '"':
      return string_end<'"'>(code, open);
    case '\'':
      return string_end<'\''>(code, open);
    default:
      return string_end<'`'>(code, open);
  }
}

bool host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

struct Needle {
  std::string_view text;
  ScriptTrait trait;
  char next = 0;  // a call or an assignment: whole word, then white space, then this
};

constexpr std::array kNeedles = {
    Needle{"createElement", kMakesElement, '('},
    Needle{"insertAdjacentHTML", kMakesElement},
    Needle{"<script", kMakesElement},
    Needle{"<iframe", kMakesElement},
    Needle{"<scr\"", kMakesElement},
    Needle{"<scr'", kMakesElement},
    Needle{"'scr'", kMakesElement},
    Needle{"\"scr\"", kMakesElement},
    Needle{"importScripts", kMakesElement},
    Needle{"import", kMakesElement, '('},
    Needle{"atob", kDecodes, '('},
    Needle{"fromCharCode", kDecodes},
    Needle{"unescape", kDecodes, '('},
    Needle{"\\x68", kDecodes},
    Needle{"\\x2f", kDecodes},
    Needle{"\\x74", kDecodes},
    Needle{"charCodeAt", kDecodes},
    Needle{"[\"at\"+\"ob\"]", kDecodes},
    Needle{"eval", kEvaluates, '('},
    Needle{"Function", kEvaluates, '('},
    Needle{"setTimeout(\"", kEvaluates},
    Needle{"setTimeout('", kEvaluates},
    Needle{"constructor.constructor", kEvaluates},
    Needle{"[\"eval\"]", kEvaluates},
    Needle{"document.write", kWritesPage},
    Needle{"document[\"write\"]", kWritesPage},
    Needle{"documentElement.innerHTML", kWritesPage, '='},
    Needle{"document.body.innerHTML", kWritesPage, '='},
    Needle{"documentElement.outerHTML", kWritesPage, '='},
    Needle{"document.open(", kWritesPage},
    Needle{"location", kNavigates, '='},
    Needle{"location.href", kNavigates, '='},
    Needle{"location.replace(", kNavigates},
    Needle{"location.assign(", kNavigates},
    Needle{"window.open(", kNavigates},
    Needle{"fetch", kSends, '('},
    Needle{"XMLHttpRequest", kSends},
    Needle{"sendBeacon", kSends},
    Needle{"new WebSocket", kSends},
    Needle{"new Image", kSends},
    Needle{"$.post", kSends},
    Needle{"$.ajax", kSends},
    Needle{"\"submit\"", kReadsInput},
    Needle{"'submit'", kReadsInput},
    Needle{"\"input\"", kReadsInput},
    Needle{"'input'", kReadsInput},
    Needle{"\"change\"", kReadsInput},
    Needle{"'change'", kReadsInput},
    Needle{"'blur'", kReadsInput},
    Needle{"\"blur\"", kReadsInput},
    Needle{"keyup", kReadsInput},
    Needle{"keypress", kReadsInput},
    Needle{"onkey", kReadsInput},
    Needle{"card", kReadsInput},
    Needle{"cvv", kReadsInput},
    Needle{"password", kReadsInput},
    Needle{"FormData", kReadsInput},
    Needle{"'keydown'", kReadsInput},
    Needle{"\"keydown\"", kReadsInput},
    Needle{"document.cookie", kReadsInput},
    Needle{"'input,", kReadsInput},
    Needle{"alert", kAlerts, '('},
    Needle{"prompt", kAlerts, '('},
    Needle{"confirm", kAlerts, '('},
    Needle{"contextmenu", kBlocksVisitor},
    Needle{"selectstart", kBlocksVisitor},
    Needle{"event.button", kBlocksVisitor},
    Needle{"keyCode == 123", kBlocksVisitor},
    Needle{"keyCode==123", kBlocksVisitor},
    Needle{"CoinHive", kMines},
    Needle{"coinhive", kMines},
    Needle{"cryptonight", kMines},
    Needle{"minero", kMines},
    Needle{"CoinImp", kMines},
};

// Needles by a hash of their first three bytes: most places of a script are the beginning of none.
constexpr unsigned kStartBits = 12;
constexpr std::size_t start_of(std::uint32_t three_bytes) {
  return ((three_bytes & 0xFFFFFFu) * 0x9E3779B1u) >> (32 - kStartBits);
}
struct Starts {
  std::array<std::uint8_t, std::size_t{1} << kStartBits> first{};  // index + 1
  std::array<std::uint8_t, kNeedles.size()> next{};                // index + 1
};
constexpr Starts make_starts() {
  Starts starts;
  for (std::size_t i = 0; i < kNeedles.size(); ++i) {
    const std::string_view text = kNeedles[i].text;
    std::uint32_t key = 0;
    for (std::size_t k = 0; k < 3; ++k)
      key |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[k])) << (8 * k);
    starts.next[i] = starts.first[start_of(key)];
    starts.first[start_of(key)] = static_cast<std::uint8_t>(i + 1);
  }
  return starts;
}
constexpr Starts kStarts = make_starts();
static_assert(kNeedles.size() < 255);

bool stands_at(std::string_view code, std::size_t at, const Needle& needle) {
  if (code.compare(at, needle.text.size(), needle.text) != 0) return false;
  if (needle.next == 0) return true;
  if (at > 0 && host_byte(code[at - 1]) && code[at - 1] != '.') return false;
  std::size_t after = at + needle.text.size();
  while (after < code.size() && code[after] == ' ') ++after;
  return after < code.size() && code[after] == needle.next &&
         (needle.next != '=' || after + 1 >= code.size() || code[after + 1] != '=');
}

constexpr std::array<bool, 256> make_encoded() {
  std::array<bool, 256> set{};
  for (int c = 0; c < 256; ++c)
    set[static_cast<std::size_t>(c)] =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  for (const char c : std::string_view("+/=%\\")) set[static_cast<unsigned char>(c)] = true;
  return set;
}
constexpr auto kEncoded = make_encoded();

// Looks from the end of each window that could be a run: a byte that is none rules out all before it.
bool long_encoded_run(std::string_view code) {
  constexpr std::size_t kRun = 401;
  for (std::size_t at = 0; at + kRun <= code.size();) {
    std::size_t end = at + kRun;
    while (end > at && kEncoded[static_cast<unsigned char>(code[end - 1])]) --end;
    if (end == at) return true;
    at = end;
  }
  return false;
}

}  // namespace

std::uint32_t skeleton_hash(std::string_view code, std::uint64_t seed) {
  Mixer mixer(seed);
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (std::size_t i = 0; i < code.size();) {
    const auto c = static_cast<unsigned char>(code[i]);
    const std::uint8_t kind = kClasses[c];
    if (kind <= kKeep) {
      word = kind == kKeep ? word << 8 | c : word;
      filled += kind;
      ++i;
      if (filled == 8) mixer.add(word), filled = 0, word = 0;
      continue;
    }
    switch (kind) {
      case kQuote:
        i = string_end(code, i);
        break;
      case kSlash:
        if (i + 1 < code.size() && code[i + 1] == '*') {
          const std::size_t end = code.find("*/", i + 2);
          i = end == std::string_view::npos ? code.size() : end + 2;
          continue;
        }
        // Inside a regular expression "//" follows a backslash or a character class, never white space.
        if (i + 1 < code.size() && code[i + 1] == '/' &&
            (i == 0 || code[i - 1] <= ' ' || code[i - 1] == ';')) {
          const std::size_t end = code.find('\n', i);
          i = end == std::string_view::npos ? code.size() : end;
          continue;
        }
        ++i;
        break;
      default:
        ++i;
    }
    word = word << 8 | c;
    if (++filled == 8) mixer.add(word), filled = 0, word = 0;
  }
  if (filled > 0) mixer.add(word);
  return mixer.value();
}

std::vector<std::string> hosts_in(std::string_view code, std::size_t most) {
  std::vector<std::string> hosts;
  auto take = [&](std::size_t at) {
    std::size_t end = at;
    while (end < code.size() && end - at <= kHostBytesMax && host_byte(code[end])) ++end;
    std::string_view host = code.substr(at, end - at);
    const std::size_t dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || host.size() - dot < 3 || host.front() == '.') return;
    std::string lower(host);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (std::find(hosts.begin(), hosts.end(), lower) == hosts.end()) hosts.push_back(std::move(lower));
  };
  for (std::size_t at = code.find("//"); at != std::string_view::npos && hosts.size() < most;
       at = code.find("//", at + 2)) {
    if (at > 0 && (code[at - 1] == ':' || code[at - 1] == '"' || code[at - 1] == '\'' || code[at - 1] == '`'))
      take(at + 2);
  }
  for (std::size_t at = code.find(":\\/\\/"); at != std::string_view::npos && hosts.size() < most;
       at = code.find(":\\/\\/", at + 5)) {
    take(at + 5);
  }
  return hosts;
}

std::uint32_t script_traits(std::string_view code) {
  std::uint32_t traits = long_encoded_run(code) ? kLongLiteral : 0u;
  auto look = [&](std::size_t at, std::uint32_t bytes) {
    for (std::size_t i = kStarts.first[start_of(bytes)]; i != 0; i = kStarts.next[i - 1]) {
      const Needle& needle = kNeedles[i - 1];
      if ((traits & needle.trait) == 0 && stands_at(code, at, needle)) traits |= needle.trait;
    }
  };
  std::size_t at = 0;
  for (; at + 4 <= code.size(); ++at) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, code.data() + at, 4);
    if (kStarts.first[start_of(bytes)] != 0) look(at, bytes);
  }
  if (at + 3 <= code.size()) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, code.data() + at, 3);
    look(at, bytes);
  }
  return traits;
}

}  // namespace vedette::sites
