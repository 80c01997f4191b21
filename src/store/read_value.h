// A value read in one snapshot of the database. Any thread; waits when all reader connections are in use.
#pragma once

#include <utility>

#include "store/database.h"

namespace vedette::store {

// `work` takes a Session& and answers Result<T>; what it answers comes back as it is.
template <class Work>
auto read_value(Database& database, Work work) -> decltype(work(std::declval<Session&>())) {
  decltype(work(std::declval<Session&>())) out;
  TRY(database.read([&](Session& session) -> Result<void> {
    out = work(session);
    if (!out) return std::unexpected(std::move(out).error());
    return {};
  }));
  return out;
}

}  // namespace vedette::store
