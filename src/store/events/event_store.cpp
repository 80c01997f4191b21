// Puts writer, sealed days and search together; see event_store.h for the contract.
#include "store/events/event_store.h"

#include <sys/stat.h>

#include "store/events/event_search.h"
#include "store/events/event_tables.h"
#include "store/events/event_writer.h"
#include "store/events/sealed_days.h"

namespace vedette::store {
namespace {

// Ends a statement that takes too long. Said once, it would be lost between two parts of the statement.
class Deadline {
 public:
  Deadline(DuckDbConnection& connection, std::chrono::milliseconds after)
      : thread_([&connection, after, this](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          for (auto wait = after;; wait = kAgain) {
            over_.wait_for(lock, stop, wait, [] { return false; });
            if (stop.stop_requested()) return;
            connection.interrupt();
          }
        }) {}

 private:
  static constexpr std::chrono::milliseconds kAgain{20};
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();

class DuckDbEventStore final : public EventStore {
 public:
  static Result<std::unique_ptr<EventStore>> open(EventStoreOptions options, const Clock& clock,
                                                  Metrics& metrics) {
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error || ::chmod(options.folder.c_str(), 0700) != 0)
      return fail(ErrorCode::kUnavailable, options.folder.string() + " cannot be made: " + error.message());
    TRY_ASSIGN(auto database, DuckDbDatabase::open({.path = options.folder / "events.duckdb",
                                                    .folder = options.folder,
                                                    .memory_bytes = options.memory_bytes,
                                                    .threads = options.threads}));
    TRY_ASSIGN(auto house, DuckDbConnection::open(*database));
    TRY(make_event_tables(*house));
    std::unique_ptr<DuckDbEventStore> out(
        new DuckDbEventStore(std::move(options), std::move(database), std::move(house), clock));
    TRY(out->days_.recover());
    TRY_ASSIGN(out->writer_, EventWriter::start(out->options_, *out->database_, clock));
    metrics.on_scrape([store = out.get()](Metrics& to) { store->expose(to); });
    return out;
  }

  std::future<Result<Appended>> append(EventBatch batch) override {
    return writer_->submit(std::move(batch));
  }

  Result<EventPage> search(const EventQuery& query) override {
    EventPage page;
    TRY_ASSIGN(auto rows, ask(query, page.missing, [&](const std::vector<std::string>& files) {
                 return search_sql(query, files);
               }));
    for (const auto& row : rows) page.events.push_back(row_event(row));
    if (page.events.size() == query.limit) page.next = next_cursor(page.events.back());
    return page;
  }

  Result<std::vector<EventBucket>> histogram(const EventQuery& query, std::size_t buckets) override {
    std::vector<std::string> missing;
    TRY_ASSIGN(auto rows, ask(query, missing, [&](const std::vector<std::string>& files) {
                 return histogram_sql(query, buckets, files);
               }));
    std::vector<EventBucket> out(buckets);
    const auto width = *query.to - *query.from;
    for (std::size_t i = 0; i < buckets; ++i)
      out[i].from = *query.from + width * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(buckets);
    for (const auto& row : rows)
      out[static_cast<std::size_t>(row.integer(0))].events = static_cast<std::uint64_t>(row.integer(1));
    return out;
  }

  Result<std::vector<RuleHits>> rule_hits(WallTime from, WallTime to) override {
    std::vector<std::string> missing;
    TRY_ASSIGN(auto rows, ask({.from = from, .to = to}, missing, [&](const std::vector<std::string>& files) {
                 return Result<EventSql>(rule_hits_sql(from, to, files));
               }));
    std::vector<RuleHits> out;
    for (const auto& row : rows)
      out.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), from_unix_ms(row.integer(2))});
    return out;
  }

  Result<StoredEvent> get(std::uint64_t id) override {
    TRY_ASSIGN(auto connection, DuckDbConnection::open(*database_));
    const auto number = static_cast<std::int64_t>(id);
    TRY_ASSIGN(auto rows,
               connection->query(fmt::format("SELECT {} FROM events WHERE id = ?", kEventColumns), {number}));
    if (rows.empty()) {
      TRY_ASSIGN(auto files, connection->query("SELECT file FROM sealed WHERE first_id <= ? AND last_id >= ?",
                                               {number, number}));
      for (const auto& file : files) {
        TRY_ASSIGN(
            rows, connection->query(fmt::format("SELECT {} FROM read_parquet({}) WHERE id = ?", kEventColumns,
                                                quoted_sql((options_.folder / file.text(0)).string())),
                                    {number}));
        if (!rows.empty()) break;
      }
    }
    if (rows.empty()) return fail(ErrorCode::kNotFound, fmt::format("there is no event {}", id));
    return row_event(rows[0]);
  }

  Result<std::vector<StoredEvent>> back(std::uint64_t before, std::size_t limit) override {
    const auto most = static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, kBackMax));
    auto below = static_cast<std::int64_t>(std::min<std::uint64_t>(before, kIdMax));
    // Ids have gaps where a day was removed: the next part begins below them.
    for (;;) {
      bool end = false;
      auto rows = part_below(below, most, end);
      // A day whose time was over may be removed between reading the list and the file: then once more.
      if (!rows && rows.error().code() != ErrorCode::kTimeout) rows = part_below(below, most, end);
      if (!rows) return std::unexpected(std::move(rows).error());
      if (rows->empty() && !end) continue;
      std::vector<StoredEvent> out;
      for (const auto& row : *rows) out.push_back(row_event(row));
      return out;
    }
  }

  Result<Kept> keep_house() override {
    std::lock_guard lock(house_mutex_);
    Kept out;
    TRY(days_.seal(out));
    TRY(days_.remove_old(out));
    TRY(writer_->forget_streams(*house_));
    return out;
  }

  Status status() override {
    Status out;
    writer_->fill(out);
    // On a connection of its own: sealing a day holds the other for minutes.
    auto connection = DuckDbConnection::open(*database_);
    if (!connection) return out;
    auto rows = (*connection)
                    ->query(
                        "SELECT (SELECT count(*) FROM events)::BIGINT, (SELECT coalesce(sum(events), 0) FROM "
                        "sealed)::BIGINT, "
                        "(SELECT coalesce(sum(bytes), 0) FROM sealed)::BIGINT, "
                        "least((SELECT min(time) FROM events), (SELECT min(first_time) FROM sealed))");
    if (rows) {
      const auto& row = (*rows)[0];
      out.open_events = static_cast<std::uint64_t>(row.integer(0));
      out.sealed_events = static_cast<std::uint64_t>(row.integer(1));
      out.sealed_bytes = static_cast<std::uint64_t>(row.integer(2));
      if (!row.is_null(3)) out.oldest = from_unix_ms(row.integer(3));
    }
    for (const char* name : {"events.duckdb", "events.duckdb.wal"}) {
      std::error_code error;
      auto size = std::filesystem::file_size(options_.folder / name, error);
      if (!error) out.open_bytes += size;
    }
    return out;
  }

 private:
  DuckDbEventStore(EventStoreOptions options, std::unique_ptr<DuckDbDatabase> database,
                   std::unique_ptr<DuckDbConnection> house, const Clock& clock)
      : options_(std::move(options)),
        database_(std::move(database)),
        house_(std::move(house)),
        days_(options_, *house_, clock) {}

  // The list of sealed days and the rows are read in one snapshot. A day whose time was over may be removed
  // between the two: then once more.
  Result<Rows> ask(const EventQuery& query, std::vector<std::string>& missing,
                   const std::function<Result<EventSql>(const std::vector<std::string>&)>& make) {
    for (int attempt = 0;; ++attempt) {
      missing.clear();
      TRY_ASSIGN(auto connection, DuckDbConnection::open(*database_));
      TRY(connection->execute("BEGIN TRANSACTION READ ONLY"));
      TRY_ASSIGN(auto files, sealed_files(*connection, options_, query, missing));
      TRY_ASSIGN(auto sql, make(files));
      Deadline deadline(*connection, options_.search_time_max);
      auto rows = connection->query(sql.sql, sql.parameters);
      if (rows || attempt > 0 || rows.error().code() == ErrorCode::kTimeout) {
        if (!rows && rows.error().code() == ErrorCode::kTimeout)
          return fail(ErrorCode::kTimeout, "the search took too long: give a shorter time or more words");
        return rows;
      }
    }
  }

  // What has ids of at most `most` below the newest one under `below`, which becomes the lower end: so narrow
  // a span of ids lets DuckDB pass over all other row groups. `end`: there is nothing below.
  Result<Rows> part_below(std::int64_t& below, std::int64_t most, bool& end) {
    TRY_ASSIGN(auto connection, DuckDbConnection::open(*database_));
    TRY(connection->execute("BEGIN TRANSACTION READ ONLY"));
    Deadline deadline(*connection, options_.search_time_max);
    TRY_ASSIGN(auto newest,
               connection->query("SELECT greatest((SELECT max(id) FROM events WHERE id < ?), (SELECT "
                                 "max(least(last_id, ? - 1)) FROM sealed WHERE first_id < ?))::BIGINT",
                                 {below, below, below}));
    end = newest[0].is_null(0);
    if (end) return Rows();
    const auto top = newest[0].integer(0) + 1, from = std::max<std::int64_t>(0, top - most);
    TRY_ASSIGN(auto files,
               connection->query("SELECT file FROM sealed WHERE first_id < ? AND last_id >= ?", {top, from}));
    const auto span = fmt::format("WHERE id >= {} AND id < {}", from, top);
    auto sql = fmt::format("SELECT {} FROM events {}", kEventColumns, span);
    for (const auto& file : files) {
      const auto path = options_.folder / file.text(0);
      if (!std::filesystem::exists(path)) continue;  // search() names what is missing
      sql += fmt::format(" UNION ALL SELECT {} FROM read_parquet({}) {}", kEventColumns,
                         quoted_sql(path.string()), span);
    }
    TRY_ASSIGN(auto rows, connection->query(sql + " ORDER BY id DESC"));
    below = from;
    return rows;
  }

  void expose(Metrics& to) {
    Status now;
    writer_->fill(now);
    to.gauge("vedette_event_store_queue_events", "Events that wait for the writer of the event store")
        .set(static_cast<double>(now.queued_events));
    to.gauge("vedette_event_store_queue_bytes", "Their size in bytes")
        .set(static_cast<double>(now.queued_bytes));
    to.gauge("vedette_event_store_refused_batches",
             "Batches refused since the start because the queue was full")
        .set(static_cast<double>(now.refused_batches));
    to.gauge("vedette_event_store_stored_events", "Events stored since the start")
        .set(static_cast<double>(now.stored_events));
    to.gauge("vedette_event_store_failed_commits", "Commits that failed since the start")
        .set(static_cast<double>(now.failed_commits));
    to.gauge("vedette_event_store_disk_full", "1 while no events are taken for want of room")
        .set(now.disk_full ? 1 : 0);
  }

  const EventStoreOptions options_;
  const std::unique_ptr<DuckDbDatabase> database_;
  std::mutex house_mutex_;
  const std::unique_ptr<DuckDbConnection> house_;  // under the mutex
  SealedDays days_;                                // under the mutex
  std::unique_ptr<EventWriter> writer_;
};

}  // namespace

Result<std::unique_ptr<EventStore>> open_event_store(EventStoreOptions options, const Clock& clock,
                                                     Metrics& metrics) {
  return DuckDbEventStore::open(std::move(options), clock, metrics);
}

}  // namespace vedette::store
