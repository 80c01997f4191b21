// The event store's tables, and how one event becomes a row and a row an event again. Pure but for the
// connection it is given; called by whoever owns that connection.
#pragma once

#include <span>
#include <string_view>

#include "store/events/duckdb_connection.h"
#include "store/events/event_store.h"

namespace vedette::store {

// Makes what is missing. kUnsupported: a newer program wrote it.
Result<void> make_event_tables(DuckDbConnection& connection);

// The columns of `events` and of a sealed day, in the order row_event() wants them.
inline constexpr std::string_view kEventColumns =
    "id, time, received, source, dataset, host, raw, raw_bytes, fields, rules, keep_months";
StoredEvent row_event(const Row& row);

// Appends within the connection's transaction.
Result<void> append_events(DuckDbConnection& connection, std::span<const StoredEvent> events);

// "|a|b|", so that one can be looked for with its bars; "" for none.
std::string joined_rules(const std::vector<std::string>& rules);

}  // namespace vedette::store
