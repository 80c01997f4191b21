// Detections of a rule: fields, modifiers and values as expressions over predicates (specification 2.1,
// "Detection" and the modifiers' appendix). One reader a rule; what it cannot take it says with the line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logs/sigma/rule.h"
#include "logs/sigma/yaml.h"

namespace vedette::logs::sigma {

// What `expand` puts in for %name%.
using Placeholders = std::map<std::string, std::vector<std::string>, std::less<>>;

inline constexpr std::size_t kPredicatesMax = 50'000;

class DetectionReader {
 public:
  // Fills `rule.predicates` and `rule.unresolved`; both are borrowed.
  DetectionReader(Rule& rule, const Placeholders& placeholders);
  // The expression of one named detection; nonsense after the first error.
  Expression read(const YamlNode& detection);
  const std::optional<YamlError>& error() const { return error_; }

 private:
  struct Modifiers;
  Expression mapping(const YamlNode& node);
  Expression item(const YamlNode& key, const YamlNode& value);
  Modifiers modifiers(const YamlNode& key);
  Expression one_value(const Modifiers& how, const YamlNode& value);
  Expression text_value(const Modifiers& how, const YamlNode& value);
  Expression regex_value(const Modifiers& how, const YamlNode& value);
  Expression number_value(const Modifiers& how, const YamlNode& value);
  Expression reference_value(const Modifiers& how, const YamlNode& value);
  std::vector<std::string> resolved(const std::string& name);
  Expression leaf(Predicate predicate, std::uint32_t line);
  void refuse(std::uint32_t line, std::string reason);

  Rule& rule_;
  const Placeholders& placeholders_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::optional<YamlError> error_;
};

}  // namespace vedette::logs::sigma
