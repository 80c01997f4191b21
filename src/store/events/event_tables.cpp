#include "store/events/event_tables.h"

#include "base/text/utf8.h"

namespace vedette::store {
namespace {

// 2: `raw` and `fields` by zstd, without trying what else there is.
constexpr std::int64_t kTablesVersion = 2;
constexpr std::string_view kTables[] = {
    "CREATE TABLE IF NOT EXISTS events(id UBIGINT NOT NULL, time BIGINT NOT NULL, received BIGINT NOT NULL, "
    "source VARCHAR NOT NULL, dataset VARCHAR NOT NULL, host VARCHAR NOT NULL, raw VARCHAR NOT NULL USING "
    "COMPRESSION zstd, raw_bytes BLOB, fields VARCHAR USING COMPRESSION zstd, rules VARCHAR, keep_months "
    "BIGINT "
    "NOT NULL)",
    // Only ever appended to: the highest number counts. keep_house() leaves one row a stream.
    "CREATE TABLE IF NOT EXISTS streams(stream VARCHAR NOT NULL, number UBIGINT NOT NULL, received BIGINT "
    "NOT NULL)",
    "CREATE TABLE IF NOT EXISTS sealed(file VARCHAR NOT NULL, day BIGINT NOT NULL, keep_months BIGINT NOT "
    "NULL, "
    "first_time BIGINT NOT NULL, last_time BIGINT NOT NULL, events UBIGINT NOT NULL, bytes UBIGINT NOT NULL, "
    "first_id UBIGINT NOT NULL, last_id UBIGINT NOT NULL, sha256 VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS about(tables_version BIGINT NOT NULL)",
};
constexpr duckdb_type kTypes[] = {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_BIGINT,  DUCKDB_TYPE_BIGINT,
                                  DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR,
                                  DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BLOB,    DUCKDB_TYPE_VARCHAR,
                                  DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT};
constexpr std::size_t kColumns = std::size(kTypes);
constexpr std::size_t kChunkRows = 2048;  // DuckDB's vector size

// One chunk of rows under the pen.
class Chunk {
 public:
  explicit Chunk(const DuckDb& calls) : calls_(calls) {
    duckdb_logical_type types[kColumns];
    for (std::size_t i = 0; i < kColumns; ++i) types[i] = calls_.create_logical_type(kTypes[i]);
    chunk_ = calls_.create_data_chunk(types, kColumns);
    for (auto& type : types) calls_.destroy_logical_type(&type);
  }
  ~Chunk() { calls_.destroy_data_chunk(&chunk_); }
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  void begin() {
    calls_.data_chunk_reset(chunk_);
    for (std::size_t i = 0; i < kColumns; ++i) vectors_[i] = calls_.data_chunk_get_vector(chunk_, i);
  }
  void number(std::size_t column, idx_t row, std::int64_t value) {
    static_cast<std::int64_t*>(calls_.vector_get_data(vectors_[column]))[row] = value;
  }
  // `value`: UTF-8, or the column is one of bytes. DuckDB does not look.
  void text(std::size_t column, idx_t row, std::string_view value) {
    calls_.unsafe_vector_assign_string_element_len(vectors_[column], row, value.data(), value.size());
  }
  void nothing(std::size_t column, idx_t row) {
    calls_.vector_ensure_validity_writable(vectors_[column]);
    calls_.validity_set_row_invalid(calls_.vector_get_validity(vectors_[column]), row);
  }
  void text_or_nothing(std::size_t column, idx_t row, std::string_view value) {
    value.empty() ? nothing(column, row) : text(column, row, value);
  }
  duckdb_data_chunk end(idx_t rows) {
    calls_.data_chunk_set_size(chunk_, rows);
    return chunk_;
  }

 private:
  const DuckDb& calls_;
  duckdb_data_chunk chunk_ = nullptr;
  duckdb_vector vectors_[kColumns] = {};
};

void write_row(Chunk& chunk, idx_t row, const StoredEvent& event) {
  chunk.number(0, row, static_cast<std::int64_t>(event.id));
  chunk.number(1, row, to_unix_ms(event.time));
  chunk.number(2, row, to_unix_ms(event.received));
  auto clean = [&](std::size_t column, const std::string& value) {
    is_valid_utf8(value) ? chunk.text(column, row, value) : chunk.text(column, row, repair_utf8(value));
  };
  clean(3, event.source);
  clean(4, event.dataset);
  clean(5, event.host);
  if (is_valid_utf8(event.raw)) {
    chunk.text(6, row, event.raw);
    chunk.nothing(7, row);
  } else {
    chunk.text(6, row, repair_utf8(event.raw));
    chunk.text(7, row, event.raw);
  }
  if (event.fields.empty())
    chunk.nothing(8, row);
  else
    clean(8, event.fields);
  chunk.text_or_nothing(9, row, joined_rules(event.rules));
  chunk.number(10, row, event.keep_months);
}

std::vector<std::string> split_rules(std::string_view joined) {
  std::vector<std::string> out;
  for (std::size_t at = 1; at < joined.size();) {
    auto bar = joined.find('|', at);
    if (bar == joined.npos) break;
    out.emplace_back(joined.substr(at, bar - at));
    at = bar + 1;
  }
  return out;
}

}  // namespace

std::string joined_rules(const std::vector<std::string>& rules) {
  std::string out;
  for (const auto& rule : rules) {
    if (out.empty()) out = "|";
    // A bar cannot be part of an id that is looked for.
    for (char c : rule) out += c == '|' ? '_' : c;
    out += '|';
  }
  return is_valid_utf8(out) ? out : repair_utf8(out);
}

Result<void> make_event_tables(DuckDbConnection& connection) {
  for (auto sql : kTables) TRY(connection.execute(sql));
  TRY_ASSIGN(auto rows, connection.query("SELECT max(tables_version) FROM about"));
  const auto version = rows[0].is_null(0) ? 0 : rows[0].integer(0);
  if (version > kTablesVersion)
    return fail(ErrorCode::kUnsupported,
                "the event store was written by a newer Vedette: start that one, or move its folder away");
  if (version == kTablesVersion) return {};
  auto renew = [&]() -> Result<void> {
    TRY(connection.execute("BEGIN"));
    if (version == 1) {
      // A column's compression cannot be changed: today's events go into a new table, once.
      TRY(connection.execute("ALTER TABLE events RENAME TO events_before"));
      TRY(connection.execute(kTables[0]));
      TRY(connection.execute("INSERT INTO events SELECT * FROM events_before"));
      TRY(connection.execute("DROP TABLE events_before"));
    }
    TRY(connection.execute("INSERT INTO about VALUES (?)", {kTablesVersion}));
    TRY(connection.execute("COMMIT"));
    return {};
  };
  auto renewed = renew();
  if (!renewed) (void)connection.execute("ROLLBACK");
  return renewed;
}

StoredEvent row_event(const Row& row) {
  StoredEvent out;
  out.id = static_cast<std::uint64_t>(row.integer(0));
  out.time = from_unix_ms(row.integer(1));
  out.received = from_unix_ms(row.integer(2));
  out.source = row.text(3);
  out.dataset = row.text(4);
  out.host = row.text(5);
  out.raw = row.is_null(7) ? row.text(6) : row.blob(7);
  out.fields = row.text_or(8, "");
  out.rules = split_rules(row.text_or(9, ""));
  out.keep_months = static_cast<int>(row.integer(10));
  return out;
}

Result<void> append_events(DuckDbConnection& connection, std::span<const StoredEvent> events) {
  const auto& calls = connection.calls();
  duckdb_appender appender = nullptr;
  auto failed = [&](std::string_view what) {
    const char* said = appender ? calls.appender_error(appender) : nullptr;
    auto error = duckdb_error(said ? said : what);
    calls.appender_destroy(&appender);
    return std::unexpected(std::move(error));
  };
  if (calls.appender_create(connection.handle(), nullptr, "events", &appender) != DuckDBSuccess)
    return failed("the events cannot be appended to");
  Chunk chunk(calls);
  for (std::size_t at = 0; at < events.size();) {
    const auto rows = std::min(kChunkRows, events.size() - at);
    chunk.begin();
    for (idx_t row = 0; row < rows; ++row) write_row(chunk, row, events[at + row]);
    if (calls.append_data_chunk(appender, chunk.end(rows)) != DuckDBSuccess)
      return failed("events were refused");
    at += rows;
  }
  if (calls.appender_close(appender) != DuckDBSuccess) return failed("events were refused");
  calls.appender_destroy(&appender);
  return {};
}

}  // namespace vedette::store
