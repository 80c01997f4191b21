// One YAML document as a rule: its metadata, its log source, its detections and condition. Pure; any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "logs/sigma/detection.h"
#include "logs/sigma/rule.h"
#include "logs/sigma/yaml.h"

namespace vedette::logs::sigma {

// A document with `detection`. `file` is for the person.
std::expected<Rule, YamlError> read_rule(const YamlNode& document, const std::string& file,
                                         const Placeholders& placeholders);

// The parts that rules, correlations and filters have in common.
void read_metadata(const YamlNode& document, const std::string& file, Rule& rule);
RuleSource read_source(const YamlNode& document);
// All named detections of `section` and its condition (one, or a list of which any).
std::expected<Expression, YamlError> read_detections(const YamlNode& section, Rule& rule,
                                                     const Placeholders& placeholders);

}  // namespace vedette::logs::sigma
