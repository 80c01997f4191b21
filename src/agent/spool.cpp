#include "agent/spool.h"

#include <fmt/format.h>
#include <zstd.h>

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
)sql"}};

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
  return database_->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT epoch FROM spool_state"));
    epoch_ = rows.empty() ? new_id(clock_) : rows[0].text(0);
    if (rows.empty())
      TRY(session.execute("INSERT INTO spool_state (epoch, last, acknowledged, bytes) VALUES (?, 0, 0, 0)",
                          {epoch_}));
    return {};
  });
}

Result<void> Spool::make_room(store::Session& session, std::uint64_t bytes) const {
  auto oldest = to_unix_ms(clock_.wall() - options_.age_max);
  // A bound on the work of one write; what is left goes with the next.
  for (int i = 0; i < 64; ++i) {
    TRY_ASSIGN(auto state, session.query("SELECT bytes FROM spool_state"));
    TRY_ASSIGN(auto rows,
               session.query("SELECT sequence, at, size FROM spool_records ORDER BY sequence LIMIT 1"));
    if (rows.empty()) return {};
    bool full = count(state[0].integer(0)) + bytes > options_.bytes_max, old = rows[0].integer(1) < oldest;
    if (!full && !old) return {};
    TRY(drop(session, rows[0].integer(0), rows[0].integer(2), full ? "full" : "old"));
  }
  return {};
}

Result<std::uint64_t> Spool::add(std::string_view body) {
  if (body.size() > options_.record_bytes_max)
    return fail(ErrorCode::kLimit, fmt::format("a record of {} bytes is longer than {}", body.size(),
                                               options_.record_bytes_max));
  auto packed = compress(body);
  auto size = number(packed.size());
  std::int64_t sequence = 0;
  TRY(database_->write([&](store::Session& session) -> Result<void> {
    TRY(make_room(session, packed.size()));
    TRY(session.execute("UPDATE spool_state SET last = last + 1, bytes = bytes + ?", {size}));
    TRY_ASSIGN(auto state, session.query("SELECT last FROM spool_state"));
    sequence = state[0].integer(0);
    TRY(session.execute("INSERT INTO spool_records (sequence, at, size, body) VALUES (?, ?, ?, ?)",
                        {sequence, to_unix_ms(clock_.wall()), size, store::Blob{packed}}));
    return {};
  }));
  return count(sequence);
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
