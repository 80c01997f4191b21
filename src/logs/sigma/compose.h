// Putting rules together: the conditions of one over the predicates of another. Pure; any thread.
#pragma once

#include <vector>

#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

// Where `predicate` is among `predicates`, which it joins where it is new.
std::uint32_t index_of(std::vector<Predicate>& predicates, Predicate predicate);
// Adds `from`'s predicates to `rule`; its condition over them.
Expression adopt(const Rule& from, Rule& rule);
// `first` and the rule's condition. First, because it is what leaves most events out.
void require(Expression first, Rule& rule);

}  // namespace vedette::logs::sigma
