#include "sites/judge/script_shape.h"

#include <algorithm>
#include <array>

#include "sites/judge/hash32.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kHostBytesMax = 253;

enum Class : std::uint8_t { kDrop, kKeep, kQuote, kSlash };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) classes[static_cast<std::size_t>(c)] = c > ' ' ? kKeep : kDrop;
  for (char c = '0'; c <= '9'; ++c) classes[static_cast<std::size_t>(c)] = kDrop;
  classes['"'] = classes['\''] = classes['`'] = kQuote;
  classes['/'] = kSlash;
  return classes;
}
constexpr auto kClasses = make_classes();

std::size_t string_end(std::string_view code, std::size_t open) {
  const char quote = code[open];
  std::size_t at = open + 1;
  while (at < code.size()) {
    const void* hit = std::memchr(code.data() + at, quote, code.size() - at);
    if (hit == nullptr) return code.size();
    const auto end = static_cast<std::size_t>(static_cast<const char*>(hit) - code.data());
    // No quoted string passes a line end: a quote inside a regular expression is put right there.
    if (quote != '`') {
      if (const void* line = std::memchr(code.data() + at, '\n', end - at); line != nullptr)
        return static_cast<std::size_t>(static_cast<const char*>(line) - code.data());
    }
    std::size_t slashes = 0;
    while (end > at + slashes && code[end - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return end + 1;
    at = end + 1;
  }
  return code.size();
}

bool host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool has(std::string_view code, std::string_view word) { return code.find(word) != std::string_view::npos; }

// `word` followed, after white space, by `next`.
bool calls(std::string_view code, std::string_view word, char next) {
  for (std::size_t at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
    if (at > 0 && (host_byte(code[at - 1]) && code[at - 1] != '.')) continue;
    std::size_t after = at + word.size();
    while (after < code.size() && code[after] == ' ') ++after;
    if (after < code.size() && code[after] == next &&
        (next != '=' || after + 1 >= code.size() || code[after + 1] != '='))
      return true;
  }
  return false;
}

bool long_encoded_run(std::string_view code) {
  std::size_t run = 0;
  for (char c : code) {
    const bool encoded = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '+' || c == '/' || c == '=' || c == '%' || c == '\\';
    run = encoded ? run + 1 : 0;
    if (run > 400) return true;
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
    switch (kClasses[c]) {
      case kDrop:
        ++i;
        continue;
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
  std::uint32_t traits = 0;
  auto mark = [&](ScriptTrait trait, bool present) {
    traits |= present ? static_cast<std::uint32_t>(trait) : 0u;
  };
  mark(kMakesElement, calls(code, "createElement", '(') || has(code, "insertAdjacentHTML") ||
                          has(code, "<script") || has(code, "<iframe") || has(code, "<scr\"") ||
                          has(code, "<scr'") || has(code, "'scr'") || has(code, "\"scr\"") ||
                          has(code, "importScripts") || calls(code, "import", '('));
  mark(kDecodes, calls(code, "atob", '(') || has(code, "fromCharCode") || calls(code, "unescape", '(') ||
                     has(code, "\\x68") || has(code, "\\x2f") || has(code, "\\x74") ||
                     has(code, "charCodeAt") || has(code, "[\"at\"+\"ob\"]"));
  mark(kEvaluates, calls(code, "eval", '(') || calls(code, "Function", '(') || has(code, "setTimeout(\"") ||
                       has(code, "setTimeout('") || has(code, "constructor.constructor") ||
                       has(code, "[\"eval\"]"));
  mark(kWritesPage, has(code, "document.write") || has(code, "document[\"write\"]") ||
                        calls(code, "documentElement.innerHTML", '=') ||
                        calls(code, "document.body.innerHTML", '=') ||
                        calls(code, "documentElement.outerHTML", '=') || has(code, "document.open("));
  mark(kNavigates, calls(code, "location", '=') || calls(code, "location.href", '=') ||
                       has(code, "location.replace(") || has(code, "location.assign(") ||
                       has(code, "window.open("));
  mark(kSends, calls(code, "fetch", '(') || has(code, "XMLHttpRequest") || has(code, "sendBeacon") ||
                   has(code, "new WebSocket") || has(code, "new Image") || has(code, "$.post") ||
                   has(code, "$.ajax"));
  mark(kReadsInput,
       has(code, "\"submit\"") || has(code, "'submit'") || has(code, "\"input\"") || has(code, "'input'") ||
           has(code, "\"change\"") || has(code, "'change'") || has(code, "'blur'") || has(code, "\"blur\"") ||
           has(code, "keyup") || has(code, "keypress") || has(code, "onkey") || has(code, "card") ||
           has(code, "cvv") || has(code, "password") || has(code, "FormData") || has(code, "'keydown'") ||
           has(code, "\"keydown\"") || has(code, "document.cookie") || has(code, "'input,"));
  mark(kLongLiteral, long_encoded_run(code));
  mark(kAlerts, calls(code, "alert", '(') || calls(code, "prompt", '(') || calls(code, "confirm", '('));
  mark(kBlocksVisitor, has(code, "contextmenu") || has(code, "selectstart") || has(code, "event.button") ||
                           has(code, "keyCode == 123") || has(code, "keyCode==123"));
  mark(kMines, has(code, "CoinHive") || has(code, "coinhive") || has(code, "cryptonight") ||
                   has(code, "minero") || has(code, "CoinImp"));
  return traits;
}

}  // namespace vedette::sites
