#include "desk/list_cursor.h"

#include <charconv>

#include "model/refusal.h"

namespace vedette::desk {

Result<ListPlace> parse_list_cursor(std::string_view cursor, std::size_t numbers) {
  ListPlace out;
  for (std::size_t i = 0; i < numbers; ++i) {
    const auto dot = cursor.find('.');
    if (dot == std::string_view::npos) return refuse(ErrorCode::kInvalid, "field.cursor");
    const std::string number(cursor.substr(0, dot));
    const auto* past = number.data() + number.size();
    auto& value = out.numbers.emplace_back(0);
    const auto [end, problem] = std::from_chars(number.data(), past, value);
    if (problem != std::errc() || end != past) return refuse(ErrorCode::kInvalid, "field.cursor");
    cursor.remove_prefix(dot + 1);
  }
  if (cursor.contains('.')) return refuse(ErrorCode::kInvalid, "field.cursor");
  out.id = cursor;
  return out;
}

}  // namespace vedette::desk
