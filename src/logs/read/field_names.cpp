#include "logs/read/field_names.h"

#include <algorithm>
#include <string>

namespace vedette::logs {

const FieldName* find_name(std::span<const FieldName> table, std::string_view from) {
  const auto found =
      std::lower_bound(table.begin(), table.end(), from,
                       [](const FieldName& row, std::string_view name) { return row.from < name; });
  return found != table.end() && found->from == from ? &*found : nullptr;
}

void add_named(const FieldName& name, std::string_view value, FieldList& fields) {
  if (value.empty() || value == "-") return;
  for (const std::string_view side : {"source", "destination"}) {
    if (name.to.starts_with(side) &&
        (name.to.substr(side.size()) == ".ip" || name.to.substr(side.size()) == ".address")) {
      fields.add_address(side, value);
      return;
    }
  }
  const bool number = name.number && parse_count(value).has_value();
  fields.add(name.to, value, number ? ValueKind::kNumber : ValueKind::kString);
}

std::string_view safe_name(std::string_view prefix, std::string_view name, FieldList& fields) {
  constexpr std::size_t kNameBytesMax = 128;
  std::string text(prefix);
  for (const char c : name.substr(0, kNameBytesMax)) {
    const bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '.' || c == '-';
    text += plain ? c : '_';
  }
  return fields.keep(text);
}

}  // namespace vedette::logs
