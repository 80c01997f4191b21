#include "agent/spool.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "base/id.h"

namespace vedette::agent {
namespace {

constexpr int kCompression = 3;

constexpr store::Migration kMigrations[] = {{"spool", 1, "records, gaps, state", R"sql(
CREATE TABLE spool_state (epoch TEXT NOT NULL, last BIGINT NOT NULL, acknowledged BIGINT NOT NULL,
  bytes BIGINT NOT NULL);
CREATE TABLE spool_records (sequence BIGINT PRIMARY KEY, at BIGINT NOT NULL, size BIGINT NOT NULL,
  body BLOB NOT NULL);
CREATE TABLE spool_gaps (first BIGINT PRIMARY KEY, last BIGINT NOT NULL, reason TEXT NOT NULL);
)sql"},
                                            {"spool", 2, "marks", R"sql(
CREATE TABLE spool_marks (key TEXT PRIMARY KEY, value TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX spool_marks_at ON spool_marks (at);
)sql"},
                                            {"spool", 3, "age by time lived, not by the wall clock", R"sql(
ALTER TABLE spool_state ADD COLUMN lived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE spool_state ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE spool_records ADD COLUMN lived BIGINT NOT NULL DEFAULT 0;
UPDATE spool_marks SET at = 0;
)sql"}};

// What time can pass between two writes, for the age of what is kept: a wall clock that is set right after
// months (a host that starts with a wrong one) makes nothing old.
constexpr std::int64_t kStepMax = std::chrono::milliseconds(std::chrono::hours(24)).count();

std::string compress(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kCompression));
  return out;
}

Result<std::string> decompress(const std::string& bytes, std::uint64_t sequence, std::size_t size_max) {
  auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  std::string out(size <= size_max ? static_cast<std::size_t>(size) : 0, '\0');
  if (size > size_max || ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()) != size)
    return fail(ErrorCode::kCorrupt, fmt::format("record {} of the spool cannot be read", sequence));
  return out;
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t count(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// Adjoining gaps of one reason are one.
Result<void> add_gap(store::Session& session, std::int64_t sequence, std::string_view reason) {
  TRY_ASSIGN(auto grown, session.execute("UPDATE spool_gaps SET last = ? WHERE last = ? AND reason = ?",
                                         {sequence, sequence - 1, std::string(reason)}));
  if (grown > 0) return {};
  TRY(session.execute("INSERT INTO spool_gaps (first, last, reason) VALUES (?, ?, ?)",
                      {sequence, sequence, std::string(reason)}));
  return {};
}

Result<void> drop(store::Session& session, std::int64_t sequence, std::int64_t size,
                  std::string_view reason) {
  TRY(add_gap(session, sequence, reason));
  TRY(session.execute("DELETE FROM spool_records WHERE sequence = ?", {sequence}));
  TRY(session.execute("UPDATE spool_state SET bytes = bytes - ?", {size}));
  return {};
}

}  // namespace

Spool::Spool(SpoolOptions options, const Clock& clock, std::unique_ptr<store::Database> database)
    : options_(std::move(options)), clock_(clock), database_(std::move(database)) {}

Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options, const Clock& clock, Metrics& metrics) {
  store::DatabaseOptions where{options.file, 1, 256, 64};
  TRY_ASSIGN(auto database, store::open_sqlite(where, kMigrations, clock, metrics));
  std::unique_ptr<Spool> out(new Spool(std::move(options), clock, std::move(database)));
  TRY(out->begin());
  return out;
}

Result<void> Spool::begin() {
  // An agent is a guest on its host: a spool of 256 MiB is not to be kept in memory.
  TRY(database_->read([](store::Session& session) -> Result<void> {
    TRY(session.query("PRAGMA cache_size=-512"));
    return {};
  }));
  return database_->write([&](store::Session& session) -> Result<void> {
    TRY(session.query("PRAGMA cache_size=-1024"));
    TRY_ASSIGN(auto rows, session.query("SELECT epoch FROM spool_state"));
    epoch_ = rows.empty() ? new_id(clock_) : rows[0].text(0);
    if (rows.empty())
      TRY(session.execute("INSERT INTO spool_state (epoch, last, acknowledged, bytes) VALUES (?, 0, 0, 0)",
                          {epoch_}));
    return {};
  });
}

// Milliseconds that this spool has lived until now.
Result<std::int64_t> Spool::live(store::Session& session) const {
  TRY_ASSIGN(auto state, session.query("SELECT lived, seen FROM spool_state"));
  const auto now = to_unix_ms(clock_.wall()), seen = state[0].integer(1);
  const auto step = seen == 0 ? 0 : std::clamp<std::int64_t>(now - seen, 0, kStepMax);
  TRY(session.execute("UPDATE spool_state SET lived = lived + ?, seen = ?", {step, now}));
  return state[0].integer(0) + step;
}

Result<void> Spool::make_room(store::Session& session, std::uint64_t bytes, std::int64_t lived) const {
  if (!options_.drop_oldest) {
    TRY_ASSIGN(auto state, session.query("SELECT bytes FROM spool_state"));
    if (count(state[0].integer(0)) + bytes <= options_.bytes_max) return {};
    return fail(ErrorCode::kUnavailable, fmt::format("{} is full", options_.file.string()));
  }
  const auto oldest = lived - std::chrono::milliseconds(options_.age_max).count();
  // A bound on the work of one write; what is left goes with the next.
  for (int i = 0; i < 64; ++i) {
    TRY_ASSIGN(auto state, session.query("SELECT bytes FROM spool_state"));
    TRY_ASSIGN(auto rows,
               session.query("SELECT sequence, lived, size FROM spool_records ORDER BY sequence LIMIT 1"));
    if (rows.empty()) return {};
    bool full = count(state[0].integer(0)) + bytes > options_.bytes_max, old = rows[0].integer(1) < oldest;
    if (!full && !old) return {};
    TRY(drop(session, rows[0].integer(0), rows[0].integer(2), full ? "full" : "old"));
  }
  return {};
}

Result<std::string> Spool::packed(std::string_view body) const {
  if (body.size() > options_.record_bytes_max)
    return fail(ErrorCode::kLimit, fmt::format("a record of {} bytes is longer than {}", body.size(),
                                               options_.record_bytes_max));
  return compress(body);
}

Result<std::int64_t> Spool::put(store::Session& session, const std::string& packed,
                                std::int64_t lived) const {
  auto size = number(packed.size());
  TRY(make_room(session, packed.size(), lived));
  TRY(session.execute("UPDATE spool_state SET last = last + 1, bytes = bytes + ?", {size}));
  TRY_ASSIGN(auto state, session.query("SELECT last FROM spool_state"));
  auto sequence = state[0].integer(0);
  TRY(session.execute("INSERT INTO spool_records (sequence, at, size, body, lived) VALUES (?, ?, ?, ?, ?)",
                      {sequence, to_unix_ms(clock_.wall()), size, store::Blob{packed}, lived}));
  return sequence;
}

Result<std::uint64_t> Spool::add(std::string_view body) {
  TRY_ASSIGN(auto bytes, packed(body));
  std::int64_t sequence = 0;
  TRY(database_->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto lived, live(session));
    TRY_ASSIGN(sequence, put(session, bytes, lived));
    return {};
  }));
  return count(sequence);
}

Result<void> Spool::add(const std::vector<std::string>& bodies, const std::vector<Mark>& marks) {
  std::vector<std::string> all;
  for (const auto& body : bodies) {
    TRY_ASSIGN(auto bytes, packed(body));
    all.push_back(std::move(bytes));
  }
  return database_->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto lived, live(session));
    for (const auto& bytes : all) TRY(put(session, bytes, lived));
    for (const auto& mark : marks)
      TRY(
          session.execute("INSERT INTO spool_marks (key, value, at) VALUES (?, ?, ?) ON CONFLICT (key) DO "
                          "UPDATE SET value = excluded.value, at = excluded.at",
                          {mark.key, mark.value, lived}));
    TRY(session.execute("DELETE FROM spool_marks WHERE at < ?",
                        {lived - std::chrono::milliseconds(kMarkLife).count()}));
    return {};
  });
}

Result<std::string> Spool::mark(const std::string& key) const {
  std::string out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT value FROM spool_marks WHERE key = ?", {key}));
    if (rows.empty()) return fail(ErrorCode::kNotFound, "there is no mark " + key);
    out = rows[0].text(0);
    return {};
  }));
  return out;
}

Result<SpoolBatch> Spool::next(std::size_t records_max, std::size_t bytes_max) const {
  SpoolBatch out;
  Result<void> read;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    out = {};
    std::size_t bytes = 0;
    TRY(session.stream(
        "SELECT sequence, at, body FROM spool_records ORDER BY sequence LIMIT ?", {number(records_max)},
        [&](const store::Row& row) {
          auto body = decompress(row.blob(2), count(row.integer(0)), options_.record_bytes_max);
          if (!body) {
            if (out.records.empty()) read = std::unexpected(std::move(body).error());
            return false;
          }
          bytes += body->size();
          if (!out.records.empty() && bytes > bytes_max) return false;
          out.records.push_back({count(row.integer(0)), from_unix_ms(row.integer(1)), *std::move(body)});
          return true;
        }));
    TRY_ASSIGN(auto gaps,
               session.query("SELECT first, last, reason FROM spool_gaps ORDER BY first LIMIT 1000"));
    for (const auto& gap : gaps)
      out.gaps.push_back({count(gap.integer(0)), count(gap.integer(1)), gap.text(2)});
    return {};
  }));
  TRY(read);
  return out;
}

Result<void> Spool::acknowledge(std::uint64_t sequence) {
  return database_->write([&](store::Session& session) -> Result<void> {
    auto last = number(sequence);
    TRY(session.execute("UPDATE spool_state SET acknowledged = ? WHERE acknowledged < ?", {last, last}));
    TRY(session.execute("DELETE FROM spool_records WHERE sequence <= ?", {last}));
    TRY(session.execute("DELETE FROM spool_gaps WHERE last <= ?", {last}));
    TRY(session.execute("UPDATE spool_state SET bytes = (SELECT COALESCE(SUM(size), 0) FROM spool_records)"));
    return {};
  });
}

Result<Spool::Status> Spool::status() const {
  Status out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT last, acknowledged, bytes, (SELECT COUNT(*) FROM spool_records), "
                             "(SELECT COUNT(*) FROM spool_gaps) FROM spool_state"));
    out = {count(rows[0].integer(3)), count(rows[0].integer(2)), count(rows[0].integer(4)),
           count(rows[0].integer(0)), count(rows[0].integer(1))};
    return {};
  }));
  return out;
}

}  // namespace vedette::agent
