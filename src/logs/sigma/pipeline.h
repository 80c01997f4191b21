// Processing pipelines: how rules of the world meet the events of a house. A pipeline is data
// (content/pipelines or a file of the user's), in the YAML shape of pySigma's processing pipelines as far as
// that makes sense for an engine that matches events itself:
//
//   name: …
//   priority: 10                     # lower ones come first
//   transformations:
//     - id: …
//       type: field_name_mapping     # {Image: process.executable} or a list of names, of which any
//       type: field_name_prefix_mapping   # {win.: winlog.}
//       type: add_field_prefix       # prefix: winlog.event_data.
//       type: add_condition          # conditions: {Channel: Security, EventID: [1, 2]}; the rule holds only
//       there type: change_logsource       # product, category, service type: value_placeholders     #
//       values: {Admins: [root]}; they count where the caller gives none type: rule_failure           #
//       message: why such a rule cannot work here type: alternatives           # ours: of:
//       [[transformations], …]; the rule holds in any of these forms rule_conditions:             # all of
//       them (rule_cond_op: or: any)
//         - type: logsource          # product, category, service; a list: any of them
//         - type: is_routed          # ours: an add_condition has been applied
//       exclude_fields: [a, b]       # names that a mapping or prefix leaves alone
//
// A rule to which no add_condition applied is told by its log source alone (Comparison::kSource): it holds
// for events whose reader says what they are. Immutable after reading; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logs/sigma/detection.h"
#include "logs/sigma/rule.h"
#include "logs/sigma/yaml.h"

namespace vedette::logs::sigma {

inline constexpr std::size_t kTransformationsMax = 10'000;

struct SourceCondition {
  bool routed = false;                                      // asks for that instead
  std::vector<std::string> products, categories, services;  // lower case; empty: any
};

struct Transformation {
  enum class Kind : std::uint8_t {
    kFieldNames,
    kFieldPrefixes,
    kAddPrefix,
    kAddCondition,
    kChangeSource,
    kPlaceholders,
    kFailure,
    kAlternatives,
  };
  Kind kind = Kind::kFieldNames;
  std::string id;
  std::vector<SourceCondition> when;
  bool any_of_when = false;
  std::map<std::string, std::vector<std::string>, std::less<>> names;  // mappings, placeholders
  std::vector<std::string> exclude;
  std::string text;                                  // prefix, message
  Rule condition;                                    // kAddCondition: its predicates and condition
  RuleSource source;                                 // kChangeSource
  std::vector<std::vector<Transformation>> forms{};  // kAlternatives
};

struct Pipeline {
  std::string name;
  int priority = 0;
  std::vector<Transformation> transformations;
};

std::expected<Pipeline, YamlError> read_pipeline(std::string_view bytes);
// One of content/pipelines by its name ("windows"), or a file.
std::expected<Pipeline, std::string> find_pipeline(const std::string& name_or_file);
std::vector<std::string> pipeline_names();
// Those of content/pipelines that are used when nobody names others.
std::vector<Pipeline> default_pipelines();

// The placeholders that pipelines give for rules of this source.
void add_placeholders(const std::vector<Pipeline>& pipelines, const RuleSource& source, Placeholders& into);
// The rule as it meets events. A rule that cannot work here: why.
std::expected<void, std::string> apply(const std::vector<Pipeline>& pipelines, Rule& rule);
// What rules call `name`, for the fields that a correlation groups by.
std::vector<std::string> mapped_names(const std::vector<Pipeline>& pipelines, const RuleSource& source,
                                      const std::string& name);

}  // namespace vedette::logs::sigma
