// What is asked of the event store, as SQL. Every word of the person's is a parameter. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "store/database.h"
#include "store/events/event_store.h"

namespace vedette::store {

struct EventSql {
  std::string sql;
  Parameters parameters;
};

// kInvalid: a term, cursor or limit that cannot be; the message says which.
// `files`: absolute paths of the sealed days to look into, besides today's table.
Result<EventSql> search_sql(const EventQuery& query, const std::vector<std::string>& files);
// Rows: number of the bucket, events.
Result<EventSql> histogram_sql(const EventQuery& query, std::size_t buckets,
                               const std::vector<std::string>& files);

// Rows: a rule's id, events, the newest one's time.
EventSql rule_hits_sql(WallTime from, WallTime to, const std::vector<std::string>& files);

std::string next_cursor(const StoredEvent& last);

// As an SQL text literal.
std::string quoted_sql(std::string_view text);

}  // namespace vedette::store
