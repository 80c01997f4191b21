// The conditions of an AlertQuery as SQL.
#pragma once

#include <string>
#include <string_view>

#include "desk/alert_store.h"

namespace vedette::desk {

struct AlertWhere {
  std::string sql = "1=1";
  store::Parameters parameters;
  void add(std::string_view condition, store::Value value);
};

// kInvalid: a value that does not exist, in the reader's words. `now`: for what is snoozed.
Result<AlertWhere> where_of(const AlertQuery& query, WallTime now);
// Of these only state, severity and watch, which the kept counts know.
Result<AlertWhere> where_counted(const AlertQuery& query);

}  // namespace vedette::desk
