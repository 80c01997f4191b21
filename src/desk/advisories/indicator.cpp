#include "desk/advisories/indicator.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/text/utf8.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 3> kAdvisoryFormats{"stix", "misp", "csv"};

// "198.51.100.7/24" → "198.51.100.0/24".
std::optional<std::string> network_prefix(int family, const std::string& address, int bits) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(family, address.c_str(), bytes.data()) != 1) return std::nullopt;
  const int all = family == AF_INET ? 32 : 128;
  if (bits < 0 || bits > all) return std::nullopt;
  for (int i = 0; i < all / 8; ++i) {
    const int kept = std::clamp(bits - i * 8, 0, 8);
    bytes[static_cast<std::size_t>(i)] &= static_cast<unsigned char>(0xff << (8 - kept));
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!inet_ntop(family, bytes.data(), text.data(), text.size())) return std::nullopt;
  return bits == all ? std::string(text.data()) : fmt::format("{}/{}", text.data(), bits);
}

std::optional<IndicatorTerm> read_term(ObservableType type, std::string_view value, bool& too_wide) {
  const bool address = type == ObservableType::kIpv4 || type == ObservableType::kIpv6;
  const auto slash = address ? value.rfind('/') : std::string_view::npos;
  auto plain = normal_observable(type, value.substr(0, slash));
  if (!plain) return std::nullopt;
  if (slash == std::string_view::npos) return IndicatorTerm{type, *std::move(plain)};
  int bits = -1;
  const auto digits = value.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const bool v4 = type == ObservableType::kIpv4;
  auto prefix = network_prefix(v4 ? AF_INET : AF_INET6, *plain, bits);
  if (!prefix) return std::nullopt;
  if (bits < (v4 ? AdvisoryLimits::kIpv4Bits : AdvisoryLimits::kIpv6Bits)) {
    too_wide = true;
    return std::nullopt;
  }
  return IndicatorTerm{type, *std::move(prefix)};
}

}  // namespace

std::string_view to_string(AdvisoryFormat format) {
  return kAdvisoryFormats[static_cast<std::size_t>(format)];
}
std::optional<AdvisoryFormat> advisory_format_from(std::string_view text) {
  auto found = std::ranges::find(kAdvisoryFormats, text);
  if (found == kAdvisoryFormats.end()) return std::nullopt;
  return static_cast<AdvisoryFormat>(found - kAdvisoryFormats.begin());
}

std::optional<IndicatorTerm> indicator_term(ObservableType type, std::string_view value, bool& too_wide) {
  auto term = read_term(type, value, too_wide);
  // What reads as something else when it is read again (dots at the end, quotes within quotes) is no name of
  // anything.
  if (term && read_term(type, term->value, too_wide) != term) return std::nullopt;
  return term;
}

Result<void> add_indicator(ReadAdvisory& to, Indicator indicator) {
  std::ranges::sort(indicator.all);
  const auto same = std::ranges::unique(indicator.all);
  indicator.all.erase(same.begin(), same.end());
  if (to.indicators.size() >= AdvisoryLimits::kIndicators)
    return refuse(ErrorCode::kLimit, "advisory.many",
                  {{"most", std::to_string(AdvisoryLimits::kIndicators)}});
  to.indicators.push_back(std::move(indicator));
  return {};
}

void add_not_used(ReadAdvisory& to, std::string_view origin, std::string_view reason,
                  std::string_view detail) {
  ++to.not_used_count;
  if (to.not_used.size() >= AdvisoryLimits::kNotUsed) return;
  auto brief = [](std::string_view text) {
    auto out = repair_utf8(text.substr(0, AdvisoryLimits::kDetailBytes));
    out.resize(valid_utf8_prefix(std::string_view(out).substr(0, AdvisoryLimits::kDetailBytes)));
    return out;
  };
  to.not_used.push_back({brief(origin), std::string(reason), brief(detail)});
}

Result<ReadAdvisory> read_advisory(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return refuse(ErrorCode::kInvalid, "advisory.empty");
  auto read = [&]() -> Result<ReadAdvisory> {
    if (bytes[first] != '{' && bytes[first] != '[') return read_indicator_csv(bytes);
    // A bundle says so of itself near its beginning or its end; MISP's have no member "type" there.
    auto stix = read_stix(bytes);
    if (stix || stix.error().code() != ErrorCode::kUnsupported) return stix;
    return read_misp(bytes);
  };
  TRY_ASSIGN(auto out, read());
  // The same thing in two objects is one indicator: the longer it is valid, the better.
  std::ranges::stable_sort(out.indicators, {}, &Indicator::all);
  std::vector<Indicator> once;
  for (auto& one : out.indicators) {
    if (once.empty() || once.back().all != one.all) {
      once.push_back(std::move(one));
      continue;
    }
    auto& kept = once.back();
    kept.valid_from = kept.valid_from && one.valid_from
                          ? std::optional(std::min(*kept.valid_from, *one.valid_from))
                          : std::nullopt;
    kept.valid_until = kept.valid_until && one.valid_until
                           ? std::optional(std::max(*kept.valid_until, *one.valid_until))
                           : std::nullopt;
  }
  out.indicators = std::move(once);
  return out;
}

}  // namespace vedette::desk
