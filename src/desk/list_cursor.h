// The cursor of a list: the place of the last row of a page, as "<number>.<number>…<id>". Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::desk {

struct ListPlace {
  std::vector<std::int64_t> numbers;
  std::string id;
};
// kInvalid: not `numbers` numbers and then something without a dot.
Result<ListPlace> parse_list_cursor(std::string_view cursor, std::size_t numbers);

}  // namespace vedette::desk
