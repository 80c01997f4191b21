// Indicators of an advisory, as they are read from a foreign file: STIX 2.1 bundles, MISP events, CSV.
//
// An indicator is one or more terms that must all be seen in one event. What a file holds and we cannot use
// is named with its place and its reason, never left out silently. The bytes are a stranger's: size, depth
// and counts are bounded. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk/incidents/observable.h"

namespace vedette::desk {

// Types of Observable that a log can show: addresses, names, URLs, mail addresses, hashes of files. A value
// is in its normal form; an address may be a prefix, "198.51.100.0/24".
struct IndicatorTerm {
  ObservableType type = ObservableType::kIpv4;
  std::string value = {};
  auto operator<=>(const IndicatorTerm&) const = default;
};

struct Indicator {
  std::vector<IndicatorTerm> all = {};
  std::string origin = {};  // "indicator--…", "attribute 5f…", "line 7"
  std::optional<WallTime> valid_from = {}, valid_until = {};
  bool operator==(const Indicator&) const = default;
};

struct NotUsed {
  std::string origin = {};
  // "pattern_type", "pattern", "path", "operator", "several_observations", "value", "too_wide",
  // "too_complex", "type", "not_for_detection", "revoked", "observable_only", "time"
  std::string reason = {};
  std::string detail = {};  // what stood there, at most kDetailBytes
  bool operator==(const NotUsed&) const = default;
};

enum class AdvisoryFormat { kStix, kMisp, kCsv };
std::string_view to_string(AdvisoryFormat format);  // "stix", "misp", "csv"
std::optional<AdvisoryFormat> advisory_format_from(std::string_view text);

struct ReadAdvisory {
  AdvisoryFormat format = AdvisoryFormat::kCsv;
  std::string title = {}, reference = {};  // what the file itself says; may be empty
  std::optional<Tlp> tlp = {};             // the strictest that it names
  std::vector<Indicator> indicators = {};  // each once
  std::vector<NotUsed> not_used = {};      // the first kNotUsed
  std::size_t not_used_count = 0;          // all of them
  std::size_t context = 0;                 // objects that only explain others: identities, reports, relations
};

struct AdvisoryLimits {
  static constexpr std::size_t kBytes = 4u << 20, kDepth = 24, kIndicators = 20'000, kObjects = 100'000;
  static constexpr std::size_t kTerms = 8, kAlternatives = 256, kNesting = 16, kPatternBytes = 16'384;
  static constexpr std::size_t kNotUsed = 500, kDetailBytes = 200;
  // A prefix that is wider would name half the Internet.
  static constexpr int kIpv4Bits = 16, kIpv6Bits = 32;
};

// kInvalid: it is none of these, or broken (line or byte is named); kLimit: more than the limits allow.
Result<ReadAdvisory> read_stix(std::string_view bytes);
Result<ReadAdvisory> read_misp(std::string_view bytes);
Result<ReadAdvisory> read_indicator_csv(std::string_view bytes);
// Which of them it is, by its first bytes, and read as such.
Result<ReadAdvisory> read_advisory(std::string_view bytes);

// A value that a person or a file wrote, defanged or not, in its normal form; nothing: it is none of this
// type. `too_wide` is set when it is a prefix of more addresses than may be watched for.
std::optional<IndicatorTerm> indicator_term(ObservableType type, std::string_view value, bool& too_wide);

// A STIX pattern as alternatives, each of terms that must all hold. What cannot be used goes to `not_used`
// with this origin.
std::vector<std::vector<IndicatorTerm>> stix_alternatives(std::string_view pattern, std::string_view origin,
                                                          ReadAdvisory& into);

// For readers: adds within the limits, each indicator once. kLimit.
Result<void> add_indicator(ReadAdvisory& to, Indicator indicator);
void add_not_used(ReadAdvisory& to, std::string_view origin, std::string_view reason,
                  std::string_view detail);

}  // namespace vedette::desk
