// RuleSnapshot: one rule set as the log watch uses it: compiled for matching, and what the person is told of
// each rule. Immutable; shared by threads. A reload makes another one, and a batch is matched by one snapshot
// from its first event to its last.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "logs/match/compiled_rules.h"
#include "logs/sigma/load.h"
#include "logs/sigma/pipeline.h"

namespace vedette::logs {

struct RuleFacts {
  std::string id, title, description, file;
  std::uint32_t line = 0;
  Severity severity = Severity::kMedium;
  std::vector<std::string> attack;
  bool reported = true;  // false: only correlations speak of it
  // In Vietnamese where the rule has them, else as written; "" where the rule says no next step.
  std::string title_vi{}, description_vi{}, next_en{}, next_vi{};
};

struct RuleSnapshot {
  sigma::RuleSet set;
  std::vector<sigma::Pipeline> pipelines;
  std::shared_ptr<const match::CompiledRules> compiled;
  std::vector<RuleFacts> facts;  // by the rule's number; then those of the correlations, by theirs
  std::unordered_map<std::string_view, std::size_t> numbers;  // in facts, by id

  const RuleFacts* find(std::string_view id) const {  // null: none of that id
    auto found = numbers.find(id);
    return found == numbers.end() ? nullptr : &facts[found->second];
  }
};

// `pipelines`: those the rules were loaded with.
std::shared_ptr<const RuleSnapshot> make_snapshot(sigma::RuleSet rules,
                                                  std::vector<sigma::Pipeline> pipelines = {});

}  // namespace vedette::logs
