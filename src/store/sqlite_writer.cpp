#include "store/sqlite_writer.h"

#include "base/assert.h"
#include "base/log.h"

namespace vedette::store {

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, const DatabaseOptions& options,
                           const Clock& clock, Metrics& metrics)
    : connection_(std::move(connection)),
      group_max_(std::max<std::size_t>(1, options.group_commit_max)),
      clock_(clock),
      queue_(options.write_queue, Overflow::kBlock),
      commits_total_(metrics.counter("vedette_store_commits_total", "Transactions made durable")),
      writes_total_(metrics.counter("vedette_store_writes_total", "Writes made durable")),
      failures_total_(metrics.counter("vedette_store_write_failures_total", "Writes that were rolled back")),
      depth_(metrics.gauge("vedette_store_queue_depth", "Writes waiting for the writer")),
      commit_seconds_(metrics.histogram("vedette_store_commit_seconds", "Duration of a COMMIT with its fsync",
                                        {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2})),
      thread_([this] { run(); }) {}

SqliteWriter::~SqliteWriter() {
  queue_.close();
  thread_.join();
}

std::future<Result<void>> SqliteWriter::submit(Database::Write work) {
  VEDETTE_ASSERT(std::this_thread::get_id() !=
                 thread_.get_id());  // a write inside a write would wait for itself
  Pending pending{std::move(work), {}};
  auto future = pending.done.get_future();
  if (queue_.push(std::move(pending)) == Push::kClosed) {
    std::promise<Result<void>> refused;
    refused.set_value(fail(ErrorCode::kUnavailable, "the database is being closed"));
    return refused.get_future();
  }
  return future;
}

void SqliteWriter::run() {
  while (auto first = queue_.pop()) run_group(*std::move(first));
}

Result<void> SqliteWriter::run_one(const Database::Write& work) {
  TRY(connection_->execute("SAVEPOINT one"));
  Result<void> result;
  try {
    result = work(*connection_);
  } catch (const std::exception& defect) {
    result = fail(ErrorCode::kInternal, fmt::format("a write threw: {}", defect.what()));
  }
  if (result) {
    auto released = connection_->execute("RELEASE one");
    if (released) return {};
    result = std::unexpected(std::move(released).error());
  }
  // On a full disk or an I/O error SQLite may have ended the whole transaction already.
  if (connection_->in_transaction()) {
    TRY(connection_->execute("ROLLBACK TO one"));
    TRY(connection_->execute("RELEASE one"));
  }
  return result;
}

void SqliteWriter::run_group(Pending first) {
  std::vector<Outcome> group;
  Result<void> whole;
  if (auto begun = connection_->execute("BEGIN IMMEDIATE"); !begun)
    whole = std::unexpected(std::move(begun).error());
  std::optional<Pending> next = std::move(first);
  while (next) {
    if (whole && !connection_->in_transaction()) {
      whole = fail(ErrorCode::kUnavailable, "the database gave up the transaction (disk full or I/O error)");
    }
    Result<void> result = whole ? run_one(next->work) : whole;
    bool lost = whole && !connection_->in_transaction();
    if (lost) whole = result ? fail(ErrorCode::kUnavailable, "the database gave up the transaction") : result;
    group.push_back({std::move(next->done), std::move(result)});
    if (!whole || group.size() >= group_max_) break;
    next = queue_.try_pop();
  }
  if (whole) {
    auto started = clock_.steady();
    auto committed = connection_->execute("COMMIT");
    commit_seconds_.observe(std::chrono::duration<double>(clock_.steady() - started).count());
    if (!committed) whole = std::unexpected(std::move(committed).error());
  }
  if (!whole && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
  settle(group, whole);
}

void SqliteWriter::settle(std::vector<Outcome>& group, const Result<void>& committed) {
  if (committed) {
    ++commits_;
    commits_total_.add();
  } else {
    log::error("store", "a transaction was not kept",
               {{"error.message", committed.error().full()}, {"vedette.store.writes", group.size()}});
  }
  depth_.set(static_cast<double>(queue_.size()));
  for (auto& outcome : group) {
    if (committed && outcome.result) {
      ++writes_;
      writes_total_.add();
    } else {
      failures_total_.add();
      if (outcome.result) outcome.result = committed;
    }
  }
  for (auto& outcome : group) outcome.done.set_value(std::move(outcome.result));
}

}  // namespace vedette::store
