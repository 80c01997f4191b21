// Which rules a command works with: folders, pipelines, placeholders.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/app.h"
#include "logs/sigma/load.h"

namespace vedette::cli {

struct RuleArgs {
  std::vector<std::string> rules, pipelines, placeholders;
};

// --pipeline, --placeholders.
void add_rule_options(Command& command, RuleArgs& args);
Result<logs::sigma::LoadOptions> load_options(const RuleArgs& args);
// kNotFound: a path that is not there.
Result<logs::sigma::RuleSet> load_rules(const RuleArgs& args, const logs::sigma::LoadOptions& options);

}  // namespace vedette::cli
