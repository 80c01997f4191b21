// The condition of a rule, "selection and not 1 of filter_*", as a boolean expression over its named
// detections. Precedence: not, and, or; parentheses; `1 of`, `any of`, `all of` with a pattern or `them`.
// Names that begin with an underscore are not meant by `them`. Pure; any thread.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

inline constexpr std::size_t kConditionBytesMax = 16u << 10, kConditionDepthMax = 64,
                             kExpressionNodesMax = 200'000;

using Detections = std::map<std::string, Expression, std::less<>>;

// Why not, in words for the person who wrote it.
std::expected<Expression, std::string> parse_condition(std::string_view text, const Detections& detections);

// `*` any number of characters; for names of detections, fields, rules.
bool name_matches(std::string_view pattern, std::string_view name);
std::size_t count_nodes(const Expression& expression);

}  // namespace vedette::logs::sigma
