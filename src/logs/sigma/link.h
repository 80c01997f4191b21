// What is done once all files are read: filters are put into the rules they speak of, pipelines applied,
// correlations bound to their rules. What does not fit is refused with its reason. Any thread.
#pragma once

#include "logs/sigma/load.h"

namespace vedette::logs::sigma {

void link_rules(RuleSet& set, const LoadOptions& options);

}  // namespace vedette::logs::sigma
