// SealedDays: days that are over, as files that are never written again, and how long they stay.
//
// A day (UTC, by the time of reception) is one file for each retention class: sorted by time, zstd, with its
// SHA-256 in the table `sealed`. Order of steps: file written and synchronous → renamed → one transaction
// takes the rows out of today's table and the file into the list. A crash leaves rows in the table and a file
// nobody lists; recover() removes such a file only where the table still holds every one of its events.
//
// Retention counts from the newest sealed day, not from the clock: a clock that is set wrong removes nothing.
// One thread at a time.
#pragma once

#include "store/events/duckdb_connection.h"
#include "store/events/event_store.h"

namespace vedette::store {

class SealedDays {
 public:
  SealedDays(const EventStoreOptions& options, DuckDbConnection& connection, const Clock& clock)
      : options_(options), connection_(connection), clock_(clock) {}

  // At the start: what a crash left behind.
  Result<void> recover();
  Result<void> seal(EventStore::Kept& kept);
  Result<void> remove_old(EventStore::Kept& kept);

 private:
  Result<void> seal_one(std::int64_t day, std::int64_t months, EventStore::Kept& kept);
  Result<void> remove(const std::string& file);
  bool short_of_room(std::uint64_t sealed_bytes) const;
  const EventStoreOptions& options_;
  DuckDbConnection& connection_;
  const Clock& clock_;
};

// Absolute paths of the sealed days that may hold events of from…to; those that are gone into `missing`.
Result<std::vector<std::string>> sealed_files(DuckDbConnection& connection, const EventStoreOptions& options,
                                              const EventQuery& query, std::vector<std::string>& missing);

}  // namespace vedette::store
