// try_rule: one event that a person gives against one rule in force: how it is read, which predicate held and
// which not, and what all rules say to it. Nothing is stored and nobody is told. Any thread.
#pragma once

#include <string>
#include <vector>

#include "logs/read/registry.h"
#include "logs/sigma/explain.h"
#include "logs/watch/rule_snapshot.h"

namespace vedette::logs {

struct RuleTrial {
  bool is_json = false;  // the text begins with a brace; else it is a line of a text log
  bool read = false;     // false: it could not be read, only searched as text
  std::string fields;    // JSON object
  struct Part {
    const RuleFacts* rule = nullptr;
    sigma::Explained why;
  };
  std::vector<Part> parts;                // the rule; of a correlation the rules it speaks of
  std::vector<const RuleFacts*> matches;  // all rules that hold
};

// The answer points into `rules`. kNotFound: no such rule is in force; kInvalid: `event` is empty or more
// than one event.
Result<RuleTrial> try_rule(const RuleSnapshot& rules, std::string_view rule_id, std::string_view event,
                           const ReaderContext& context);

}  // namespace vedette::logs
