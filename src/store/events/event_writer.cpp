#include "store/events/event_writer.h"

#include <sys/statvfs.h>

#include "base/log.h"
#include "base/thread_name.h"
#include "store/events/event_tables.h"

namespace vedette::store {
namespace {

std::size_t bytes_of(const EventBatch& batch) {
  std::size_t out = sizeof batch + batch.stream.size();
  for (const auto& event : batch.events) {
    out += sizeof event + event.source.size() + event.dataset.size() + event.host.size() + event.raw.size() +
           event.fields.size();
    for (const auto& rule : event.rules) out += rule.size() + sizeof(std::string);
  }
  return out;
}

std::future<Result<Appended>> refused(ErrorCode code, std::string message) {
  std::promise<Result<Appended>> promise;
  promise.set_value(fail(code, std::move(message)));
  return promise.get_future();
}

}  // namespace

Result<std::unique_ptr<EventWriter>> EventWriter::start(const EventStoreOptions& options,
                                                        DuckDbDatabase& database, const Clock& clock) {
  TRY_ASSIGN(auto connection, DuckDbConnection::open(database));
  std::unique_ptr<EventWriter> out(new EventWriter(options, std::move(connection), clock));
  TRY(out->load());
  out->thread_ = std::jthread([writer = out.get()](const std::stop_token& stop) {
    name_thread("event-writer");
    writer->run(stop);
  });
  return out;
}

EventWriter::EventWriter(const EventStoreOptions& options, std::unique_ptr<DuckDbConnection> connection,
                         const Clock& clock)
    : options_(options), clock_(clock), connection_(std::move(connection)) {}

EventWriter::~EventWriter() { thread_ = {}; }

Result<void> EventWriter::load() {
  TRY_ASSIGN(auto ids, connection_->query("SELECT CAST(greatest((SELECT coalesce(max(id), 0) FROM events), "
                                          "(SELECT coalesce(max(last_id), 0) FROM sealed)) AS BIGINT)"));
  next_id_ = static_cast<std::uint64_t>(ids[0].integer(0)) + 1;
  TRY_ASSIGN(auto rows, connection_->query("SELECT stream, max(number), max(received) FROM streams GROUP BY "
                                           "stream ORDER BY max(received) DESC LIMIT " +
                                           std::to_string(kStreamsMax)));
  for (const auto& row : rows)
    streams_[row.text(0)] = {static_cast<std::uint64_t>(row.integer(1)), from_unix_ms(row.integer(2))};
  return {};
}

std::future<Result<Appended>> EventWriter::submit(EventBatch batch) {
  if (batch.stream.size() > EventStore::kStreamBytesMax)
    return refused(ErrorCode::kInvalid, "a stream's name has at most 200 bytes");
  Pending pending{std::move(batch), 0, {}};
  pending.bytes = bytes_of(pending.batch);
  auto future = pending.promise.get_future();
  {
    std::lock_guard lock(mutex_);
    // One batch is always taken: else one that is larger than the queue could never be stored.
    if (!queue_.empty() && queued_bytes_ + pending.bytes > options_.queue_bytes) {
      ++counted_.refused_batches;
      return refused(ErrorCode::kLimit, "the event store is behind: send again in a moment");
    }
    queued_bytes_ += pending.bytes;
    queued_events_ += pending.batch.events.size();
    queue_.push_back(std::move(pending));
  }
  filled_.notify_one();
  return future;
}

void EventWriter::fill(EventStore::Status& status) const {
  std::lock_guard lock(mutex_);
  status.queued_events = queued_events_;
  status.queued_bytes = queued_bytes_;
  status.refused_batches = counted_.refused_batches;
  status.stored_events = counted_.stored_events;
  status.repeated_batches = counted_.repeated_batches;
  status.commits = counted_.commits;
  status.failed_commits = counted_.failed_commits;
  status.disk_full = disk_full_;
}

void EventWriter::run(const std::stop_token& stop) {
  for (;;) {
    auto group = take(stop);
    if (group.empty()) return;
    store(std::move(group));
  }
}

// The first batch waits for company, at most group_wait, and not where none comes: senders that wait for
// their answer send nothing meanwhile. Empty: it is over and nothing is left.
std::vector<EventWriter::Pending> EventWriter::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, stop, [&] { return !queue_.empty(); });
  if (queue_.empty()) return {};
  const auto until = std::chrono::steady_clock::now() + options_.group_wait;
  auto full = [&] { return queued_events_ >= options_.group_rows; };
  for (std::size_t seen = 0; seen != queue_.size() && !full() && !stop.stop_requested();) {
    seen = queue_.size();
    const auto quiet = std::chrono::steady_clock::now() + options_.group_wait / 4;
    filled_.wait_until(lock, stop, std::min(until, quiet), full);
    if (std::chrono::steady_clock::now() >= until) break;
  }
  std::vector<Pending> out;
  for (std::size_t rows = 0; !queue_.empty() && rows < options_.group_rows;) {
    rows += queue_.front().batch.events.size();
    queued_events_ -= queue_.front().batch.events.size();
    queued_bytes_ -= queue_.front().bytes;
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

bool EventWriter::has_room() {
  struct statvfs space{};
  bool room = ::statvfs(options_.folder.c_str(), &space) != 0 ||
              static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize >= options_.disk_reserve;
  std::lock_guard lock(mutex_);
  if (disk_full_ != !room) {
    disk_full_ = !room;
    room ? log::info("events", "there is room again: events are taken")
         : log::error("events", "the disk is full: no events are taken",
                      {{"file.path", options_.folder.string()}});
  }
  return room;
}

void EventWriter::store(std::vector<Pending> group) {
  const auto now = clock_.wall();
  std::vector<StoredEvent> events;
  std::vector<Appended> answers(group.size());
  std::map<std::string, Stream> reached;
  {
    std::lock_guard lock(mutex_);
    auto number = next_id_;
    for (std::size_t i = 0; i < group.size(); ++i) {
      auto& batch = group[i].batch;
      if (!batch.stream.empty()) {
        auto& stream = reached.try_emplace(batch.stream, Stream{}).first->second;
        if (auto known = streams_.find(batch.stream); known != streams_.end())
          stream.number = std::max(stream.number, known->second.number);
        if (batch.number <= stream.number) {
          answers[i].repeated = true;
          ++counted_.repeated_batches;
          continue;
        }
        stream = {batch.number, now};
      }
      answers[i].first_id = number;
      for (auto& event : batch.events) {
        event.id = number++;
        events.push_back(std::move(event));
      }
    }
  }
  std::vector<std::pair<std::string, Stream>> streams;
  for (const auto& [name, stream] : reached)
    if (stream.received == now) streams.emplace_back(name, stream);

  Result<void> done;
  if (!events.empty() || !streams.empty())
    done = has_room() ? commit(events, streams)
                      : fail(ErrorCode::kUnavailable, "the disk of the event store is full: make room");
  {
    std::lock_guard lock(mutex_);
    if (done) {
      next_id_ += events.size();
      counted_.stored_events += events.size();
      ++counted_.commits;
      for (auto& [name, stream] : streams) streams_[name] = stream;
    } else {
      ++counted_.failed_commits;
    }
  }
  if (!done) log::error("events", "events could not be stored", {{"error.message", done.error().full()}});
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (done || answers[i].repeated)
      group[i].promise.set_value(answers[i]);
    else
      group[i].promise.set_value(std::unexpected(done.error()));
  }
}

Result<void> EventWriter::commit(std::vector<StoredEvent>& events,
                                 const std::vector<std::pair<std::string, Stream>>& streams) {
  auto write = [&]() -> Result<void> {
    TRY(connection_->execute("BEGIN"));
    TRY(append_events(*connection_, events));
    for (const auto& [name, stream] : streams)
      TRY(connection_->execute(
          "INSERT INTO streams VALUES (?, ?, ?)",
          {name, static_cast<std::int64_t>(stream.number), to_unix_ms(stream.received)}));
    TRY(connection_->execute("COMMIT"));
    return {};
  };
  auto done = write();
  // An open transaction would keep the next one from beginning; there may be none.
  if (!done) (void)connection_->execute("ROLLBACK");
  return done;
}

Result<void> EventWriter::forget_streams(DuckDbConnection& connection) {
  const auto oldest = clock_.wall() - kStreamAgeMax;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(streams_, [&](const auto& one) { return one.second.received < oldest; });
    // Those heard of last are the ones that may send again.
    while (streams_.size() > kStreamsMax)
      streams_.erase(std::min_element(streams_.begin(), streams_.end(), [](const auto& a, const auto& b) {
        return a.second.received < b.second.received;
      }));
  }
  TRY(connection.execute(
      "DELETE FROM streams WHERE received < ? OR EXISTS (SELECT 1 FROM streams AS newer WHERE "
      "newer.stream = streams.stream AND newer.number > streams.number)",
      {to_unix_ms(oldest)}));
  return {};
}

}  // namespace vedette::store
