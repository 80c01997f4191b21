// Correlation: a rule over the matches of other rules (specification 2.1, "Correlation Rules"), and Filter:
// what is never reported, for many rules at once ("Filters"). Both as read; correlate.h runs the first,
// loading applies the second. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "logs/sigma/detection.h"
#include "logs/sigma/rule.h"
#include "logs/sigma/yaml.h"

namespace vedette::logs::sigma {

struct Bound {
  Comparison comparison = Comparison::kGreaterEqual;  // kEquals, kGreater, …
  double number = 0;
  bool met(double value) const;
};

struct Correlation {
  enum class Type : std::uint8_t {
    kEventCount,
    kValueCount,
    kTemporal,
    kTemporalOrdered,
    kValueSum,
    kValueAvg,
    kValuePercentile,
  };
  Rule about;  // id, name, title …; no predicates
  Type type = Type::kEventCount;
  std::vector<std::string> rules;  // ids or names, as written
  std::vector<std::string> group_by;
  // group_by name → rule → the field of that rule's events.
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> aliases;
  std::chrono::milliseconds timespan{0};
  std::vector<Bound> bounds;        // all of them
  std::vector<std::string> fields;  // of the value_… ones
  double percentile = 50;
  // Extended condition of the temporal ones: "a and not b" over `rules`; predicate: index into them.
  std::optional<Expression> extended;
  bool generate = false;  // the rules it speaks of are also reported by themselves

  // What it speaks of, once everything is loaded: rules[i] is the rule, or the correlation, of that index.
  struct Reference {
    bool correlation = false;
    std::size_t index = 0;
  };
  std::vector<Reference> references;
};

struct Filter {
  Rule about;  // its condition: what is left out
  bool any_rule = false;
  std::vector<std::string> rules;  // ids or names
};

// So that what a correlation keeps per group stays small: a count is only kept up to its bound.
inline constexpr double kCountMax = 100'000;
inline constexpr std::size_t kCorrelatedRulesMax = 64;

std::expected<Correlation, YamlError> read_correlation(const YamlNode& document, const std::string& file);
std::expected<Filter, YamlError> read_filter(const YamlNode& document, const std::string& file,
                                             const Placeholders& placeholders);
// "90m": seconds, minutes, hours, days, weeks.
std::optional<std::chrono::milliseconds> parse_timespan(std::string_view text);

}  // namespace vedette::logs::sigma
