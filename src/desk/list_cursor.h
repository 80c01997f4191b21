// The cursor of a list: the place of the last row of a page, as "<number>.<number>…<id>". Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/desk.h"
#include "store/database.h"

namespace vedette::desk {

struct ListPlace {
  std::vector<std::int64_t> numbers;
  std::string id;
};
// kInvalid: not `numbers` numbers and then something without a dot.
Result<ListPlace> parse_list_cursor(std::string_view cursor, std::size_t numbers);

// A page of a table's rows, newest first: at most `limit`, and at most `most`. The table has made_at and id,
// and `read` makes a T of a row of `columns`. Inside the caller's transaction or snapshot.
template <class T, class Read>
Result<Listing<T>> newest_first(store::Session& session, std::string_view table, std::string_view columns,
                                const std::string& cursor, std::size_t limit, std::size_t most, Read read) {
  const auto page = static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, most));
  std::string where = "1 = 1";
  store::Parameters parameters;
  if (!cursor.empty()) {
    TRY_ASSIGN(auto place, parse_list_cursor(cursor, 1));
    where = "(made_at, id) < (?, ?)";
    parameters = {place.numbers[0], place.id};
  }
  parameters.emplace_back(page + 1);
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM {} WHERE {} ORDER BY made_at DESC, id DESC LIMIT ?",
                                       columns, table, where),
                           parameters));
  Listing<T> out;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(out.items.size()) == page) {
      out.next_cursor = fmt::format("{}.{}", to_unix_ms(out.items.back().made_at), out.items.back().id);
      break;
    }
    TRY_ASSIGN(auto one, read(row));
    out.items.push_back(std::move(one));
  }
  return out;
}

}  // namespace vedette::desk
