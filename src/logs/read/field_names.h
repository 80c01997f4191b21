// A table from a format's own names to ECS names. Names of ECS that say an address (source.ip …) give also
// the
// `.address`, or the `.domain` where the value is a name. Any thread.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "logs/read/field_list.h"

namespace vedette::logs {

struct FieldName {
  std::string_view from, to;  // the table is sorted by `from`
  bool number = false;
};

constexpr bool is_sorted(std::span<const FieldName> table) {
  return std::ranges::is_sorted(table, {}, &FieldName::from);
}
// `table` must be sorted.
const FieldName* find_name(std::span<const FieldName> table, std::string_view from);
// Adds `value` under the ECS name; an empty value and "-" add nothing.
void add_named(const FieldName& name, std::string_view value, FieldList& fields);
// `prefix` + `name`, with what may not stand in a field's name as '_', kept in `fields`.
std::string_view safe_name(std::string_view prefix, std::string_view name, FieldList& fields);

}  // namespace vedette::logs
