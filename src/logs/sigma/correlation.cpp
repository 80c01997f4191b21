#include "logs/sigma/correlation.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "logs/sigma/condition.h"
#include "logs/sigma/read_rule.h"

namespace vedette::logs::sigma {
namespace {

using Type = Correlation::Type;

struct NamedType {
  std::string_view name;
  Type type;
};
constexpr std::array kTypes = {
    NamedType{"event_count", Type::kEventCount},
    NamedType{"value_count", Type::kValueCount},
    NamedType{"temporal", Type::kTemporal},
    NamedType{"temporal_ordered", Type::kTemporalOrdered},
    NamedType{"value_sum", Type::kValueSum},
    NamedType{"value_avg", Type::kValueAvg},
    NamedType{"value_percentile", Type::kValuePercentile},
};

struct NamedBound {
  std::string_view name;
  Comparison comparison;
};
constexpr std::array kBounds = {
    NamedBound{"gt", Comparison::kGreater}, NamedBound{"gte", Comparison::kGreaterEqual},
    NamedBound{"lt", Comparison::kLess}, NamedBound{"lte", Comparison::kLessEqual},
    NamedBound{"eq", Comparison::kEquals}};

bool temporal(Type type) { return type == Type::kTemporal || type == Type::kTemporalOrdered; }

using Problem = std::optional<YamlError>;

Problem read_bounds(const YamlNode& condition, Correlation& out) {
  const bool counts = out.type == Type::kEventCount || out.type == Type::kValueCount || temporal(out.type);
  for (std::size_t i = 0; i < condition.keys.size(); ++i) {
    const auto& key = condition.keys[i];
    const auto& value = condition.items[i];
    if (key.text == "field") {
      out.fields = condition.words("field");
      continue;
    }
    const auto number = value.number();
    if (!number || !std::isfinite(*number))
      return YamlError{value.line, fmt::format("\"{}\" wants a number", key.text)};
    if (key.text == "percentile") {
      if (*number < 0 || *number > 100) return YamlError{value.line, "a percentile is between 0 and 100"};
      out.percentile = *number;
      continue;
    }
    const auto* row = std::ranges::find(kBounds, key.text, &NamedBound::name);
    if (row == kBounds.end())
      return YamlError{key.line, fmt::format("the condition \"{}\" is not known", key.text)};
    if (counts && (*number < 0 || *number > kCountMax))
      return YamlError{value.line, fmt::format("a count between 0 and {}", kCountMax)};
    out.bounds.push_back({row->comparison, *number});
  }
  return std::nullopt;
}

Problem read_condition(const YamlNode& section, Correlation& out) {
  const auto* condition = section.find("condition");
  if (condition == nullptr) {
    if (temporal(out.type)) return std::nullopt;  // all of them
    return YamlError{section.line, "no condition"};
  }
  if (condition->mapping()) {
    if (auto problem = read_bounds(*condition, out)) return problem;
    if (out.bounds.empty()) return YamlError{condition->line, "a condition without a bound"};
    const bool values = !temporal(out.type) && out.type != Type::kEventCount;
    if (values && out.fields.empty()) return YamlError{condition->line, "a \"field\" is missing"};
    return std::nullopt;
  }
  if (out.type != Type::kTemporal)
    return YamlError{condition->line, "a condition as text is for \"temporal\""};
  Detections names;
  for (std::size_t i = 0; i < out.rules.size(); ++i)
    names[out.rules[i]] = {.kind = Expression::Kind::kPredicate, .predicate = static_cast<std::uint32_t>(i)};
  auto parsed = parse_condition(condition->text, names);
  if (!parsed) return YamlError{condition->line, std::move(parsed).error()};
  out.extended = *std::move(parsed);
  return std::nullopt;
}

Problem read_aliases(const YamlNode& section, Correlation& out) {
  const auto* aliases = section.find("aliases");
  if (aliases == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < aliases->keys.size(); ++i) {
    const auto& of = aliases->items[i];
    if (!of.mapping()) return YamlError{of.line, "an alias is a mapping of rules to fields"};
    for (const auto& rule : of.keys) {
      if (std::ranges::find(out.rules, rule.text) == out.rules.end())
        return YamlError{rule.line,
                         fmt::format("the alias names \"{}\", which is not among the rules", rule.text)};
      out.aliases[aliases->keys[i].text][rule.text] = of.word(rule.text);
    }
  }
  return std::nullopt;
}

}  // namespace

bool Bound::met(double value) const {
  switch (comparison) {
    case Comparison::kGreater:
      return value > number;
    case Comparison::kGreaterEqual:
      return value >= number;
    case Comparison::kLess:
      return value < number;
    case Comparison::kLessEqual:
      return value <= number;
    default:
      return value == number;
  }
}

std::optional<std::chrono::milliseconds> parse_timespan(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [at, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || at + 1 != end || number <= 0 || number > 10'000'000) return std::nullopt;
  switch (*at) {
    case 's':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::minutes(number);
    case 'h':
      return std::chrono::hours(number);
    case 'd':
      return std::chrono::days(number);
    case 'w':
      return std::chrono::weeks(number);
    default:
      return std::nullopt;
  }
}

std::expected<Correlation, YamlError> read_correlation(const YamlNode& document, const std::string& file) {
  Correlation out;
  read_metadata(document, file, out.about);
  auto refuse = [&](std::uint32_t line, std::string reason) {
    return std::unexpected(YamlError{line, std::move(reason)});
  };
  const auto& section = *document.find("correlation");
  if (!section.mapping()) return refuse(section.line, "\"correlation\" is no mapping");
  if (out.about.title.empty()) return refuse(document.line, "a correlation without a title");
  const auto type = section.word("type");
  const auto* row = std::ranges::find(kTypes, type, &NamedType::name);
  if (row == kTypes.end())
    return refuse(section.line, fmt::format("the correlation type \"{}\" is not known", type));
  out.type = row->type;
  out.rules = section.words("rules");
  if (out.rules.empty() || out.rules.size() > kCorrelatedRulesMax)
    return refuse(section.line, fmt::format("1 to {} \"rules\"", kCorrelatedRulesMax));
  out.group_by = section.words("group-by");
  const auto span =
      section.find("timespan") != nullptr ? section.word("timespan") : section.word("timeframe");
  const auto timespan = parse_timespan(span);
  if (!timespan) return refuse(section.line, fmt::format("the timespan \"{}\" is none: write 10m", span));
  out.timespan = *timespan;
  if (auto problem = read_condition(section, out)) return std::unexpected(*std::move(problem));
  if (auto problem = read_aliases(section, out)) return std::unexpected(*std::move(problem));
  const auto* generate = document.find("generate");
  if (generate == nullptr) generate = section.find("generate");
  out.generate = generate != nullptr && generate->boolean().value_or(false);
  return out;
}

std::expected<Filter, YamlError> read_filter(const YamlNode& document, const std::string& file,
                                             const Placeholders& placeholders) {
  Filter out;
  read_metadata(document, file, out.about);
  const auto& section = *document.find("filter");
  if (!section.mapping()) return std::unexpected(YamlError{section.line, "\"filter\" is no mapping"});
  if (document.find("logsource") == nullptr)
    return std::unexpected(YamlError{document.line, "a filter without a logsource"});
  out.rules = section.words("rules");
  out.any_rule = out.rules == std::vector<std::string>{"any"};
  if (out.rules.empty()) return std::unexpected(YamlError{section.line, "a filter without \"rules\""});
  auto condition = read_detections(section, out.about, placeholders);
  if (!condition) return std::unexpected(std::move(condition).error());
  out.about.condition = *std::move(condition);
  return out;
}

}  // namespace vedette::logs::sigma
