#include "mail/authentication.h"

#include <algorithm>
#include <array>

namespace vedette::mail {
namespace {

constexpr std::array<std::string_view, 9> kResults{"pass", "fail",      "hardfail",  "softfail", "neutral",
                                                   "none", "temperror", "permerror", "policy"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

// Comments go, and quoted strings: neither can say what a method found.
std::string without_asides(std::string_view text) {
  std::string out;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && (quoted || depth > 0)) {
      ++i;
    } else if (depth == 0 && c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '(') {
      ++depth;
    } else if (!quoted && c == ')' && depth > 0) {
      --depth;
    } else if (!quoted && depth == 0) {
      out += c;
    }
  }
  return out;
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(';');
    out.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

void take(std::string& into, std::string_view result) {
  if (into != "pass") into = result;
}

}  // namespace

Authentication authentication_of(const std::vector<std::string>& results, std::string_view server) {
  Authentication out;
  if (results.empty() || server.empty()) return out;
  const auto plain = lower(without_asides(results[0]));
  const auto parts = parts_of(plain);
  // "mx.example.org 1": a version may follow.
  const auto author = parts[0].substr(0, parts[0].find_first_of(" \t\r\n"));
  if (author != lower(server)) return out;
  for (const auto part : std::vector(parts.begin() + 1, parts.end())) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    auto method = trimmed(part.substr(0, equals));
    method = trimmed(method.substr(0, method.find('/')));  // "dkim/1"
    const auto rest = trimmed(part.substr(equals + 1));
    const auto result = rest.substr(0, rest.find_first_of(" \t\r\n"));
    if (std::ranges::find(kResults, result) == kResults.end()) continue;
    if (method == "spf") take(out.spf, result);
    if (method == "dkim") take(out.dkim, result);
    if (method == "dmarc") take(out.dmarc, result);
  }
  return out;
}

}  // namespace vedette::mail
