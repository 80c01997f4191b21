// The plain evaluator: what a rule means, said as plainly as it can be said. It is slow, and it is the
// measure for everything that is fast.
//
// - A predicate holds when any field of its name holds; a keyword, when any value of the event does, or its
// text.
// - Values are compared as text: a number as it stands in the event, true and false as these words.
// - A null holds only for kNull and kExists.
// - Field names are compared exactly.
// Any thread.
#pragma once

#include "logs/event.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

bool holds(const Rule& rule, const EventView& event);
bool holds(const Predicate& predicate, const EventView& event);
bool holds(const Expression& expression, const Rule& rule, const EventView& event);

// Whether one value alone can answer it; not kSource, kExists, kNull and the kField… ones, which look at the
// event.
bool looks_at_one_value(Comparison comparison);
// Whether one value, already unescaped, satisfies such a predicate.
bool value_holds(const Predicate& predicate, std::string_view value);
// The value as rules compare it.
std::string text_of(const Field& field);
// Whether the source of an event is one of "product/category/service" (kSource).
bool source_holds(std::string_view wanted, const LogSource& source);
// `parts` over the whole of `value`; both are folded already, or neither.
bool glob_matches(const std::vector<GlobPart>& parts, std::string_view value);
// A decimal number and nothing else.
std::optional<double> number_of(std::string_view value);

}  // namespace vedette::logs::sigma
