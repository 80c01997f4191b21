#include "net/url_host.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpsl.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "net/url.h"

namespace vedette::net {
namespace {

constexpr std::size_t kHostBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 255;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool forbidden_in_name(unsigned char c) {
  return c <= 0x20 || c == 0x7f ||
         std::string_view("#/:<>?@[\\]^|%").find(static_cast<char>(c)) != std::string_view::npos;
}

Result<std::string> to_ascii_name(const std::string& name) {
  static UIDNA* const idna = [] {
    UErrorCode status = U_ZERO_ERROR;
    // UTS 46 as browsers use it: non-transitional, and lenient towards names that DNS carries anyway.
    UIDNA* made =
        uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &status);
    return U_SUCCESS(status) ? made : nullptr;
  }();
  if (idna == nullptr) return fail(ErrorCode::kInternal, "the IDNA tables of ICU cannot be loaded");
  std::array<char, kHostBytesMax * 2> out{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode status = U_ZERO_ERROR;
  const auto length = uidna_nameToASCII_UTF8(idna, name.data(), static_cast<int32_t>(name.size()), out.data(),
                                             static_cast<int32_t>(out.size()), &info, &status);
  constexpr std::uint32_t kHarmless = UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN |
                                      UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_EMPTY_LABEL |
                                      UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG;
  if (U_FAILURE(status) || length <= 0 || static_cast<std::size_t>(length) > out.size() ||
      (info.errors & ~kHarmless) != 0) {
    return fail(ErrorCode::kInvalid, "the host is no valid international domain name");
  }
  return std::string(out.data(), static_cast<std::size_t>(length));
}

// One part of an IPv4 address in decimal, octal (0…) or hex (0x…).
std::optional<std::uint64_t> parse_ipv4_part(std::string_view part) {
  if (part.empty()) return std::nullopt;
  unsigned base = 10;
  if (part.size() >= 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X')) {
    part.remove_prefix(2);
    base = 16;
  } else if (part.size() >= 2 && part[0] == '0') {
    part.remove_prefix(1);
    base = 8;
  }
  std::uint64_t value = 0;
  for (const char c : part) {
    const int digit = hex_value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    value = std::min<std::uint64_t>(value * base + static_cast<unsigned>(digit), std::uint64_t{1} << 40);
  }
  return value;
}

std::vector<std::string_view> split_labels(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::vector<std::string_view> labels;
  for (;;) {
    const auto dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return labels;
    name.remove_prefix(dot + 1);
  }
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool ends_in_number(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto dot = name.rfind('.');
  const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last.empty() || last[0] < '0' || last[0] > '9') return false;
  return all_digits(last) || parse_ipv4_part(last).has_value();
}

Result<std::string> parse_ipv4(std::string_view name) {
  const auto bad = [] { return fail(ErrorCode::kInvalid, "the host is no valid IPv4 address"); };
  const auto labels = split_labels(name);
  if (labels.size() > 4) return bad();
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto part = parse_ipv4_part(labels[i]);
    if (!part) return bad();
    if (i + 1 < labels.size()) {
      if (*part > 255) return bad();
      address |= *part << (8 * (3 - i));
    } else {
      if (*part >= std::uint64_t{1} << (8 * (5 - labels.size()))) return bad();
      address |= *part;
    }
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

Result<std::string> parse_ipv6(std::string_view text) {
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, out.data(), out.size()) == nullptr) {
    return fail(ErrorCode::kInvalid, "the host is no valid IPv6 address");
  }
  return fmt::format("[{}]", out.data());
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

Result<std::string> parse_host(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::kInvalid, "the URL has no host");
  if (text.size() > kHostBytesMax) return fail(ErrorCode::kLimit, "the host of the URL is too long");
  if (text.front() == '[') {
    if (text.back() != ']') return fail(ErrorCode::kInvalid, "the IPv6 address lacks its closing bracket");
    return parse_ipv6(text.substr(1, text.size() - 2));
  }
  std::string name = text.find('%') == std::string_view::npos ? std::string(text) : percent_decode(text);
  bool ascii = true;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (!ascii) {
    TRY_ASSIGN(name, to_ascii_name(name));
  }
  if (name.empty() || name.size() > kNameBytesMax)
    return fail(ErrorCode::kInvalid, "the host of the URL is too long");
  if (std::ranges::any_of(name, [](char c) { return forbidden_in_name(static_cast<unsigned char>(c)); })) {
    return fail(ErrorCode::kInvalid, "the host of the URL contains a character that no host may have");
  }
  if (ends_in_number(name)) return parse_ipv4(name);
  return name;
}

std::string registrable_domain(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.front() == '[' || host.find('.') == std::string_view::npos ||
      ends_in_number(host)) {
    return std::string(host);
  }
  // The system's list when it is newer than the library's own; read once, immutable afterwards.
  static const psl_ctx_t* const list = psl_latest(nullptr);
  const std::string name(host);
  const char* domain = list != nullptr ? psl_registrable_domain(list, name.c_str()) : nullptr;
  return domain != nullptr ? std::string(domain) : name;
}

}  // namespace vedette::net
