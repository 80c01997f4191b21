#include "store/events/duckdb_connection.h"

#include "base/assert.h"

namespace vedette::store {
namespace {

constexpr std::string_view kAttachedAs = "store";

// Within an SQL text literal.
std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != text.npos; at += 2) text.insert(at, 1, '\'');
  return text;
}

// Frees a result however its reading ends.
struct OwnedResult {
  const DuckDb& calls;
  duckdb_result result;
  ~OwnedResult() { calls.destroy_result(&result); }
};

Value value_at(const DuckDb& calls, duckdb_vector vector, duckdb_type type, idx_t row) {
  if (auto* validity = calls.vector_get_validity(vector);
      validity && !calls.validity_row_is_valid(validity, row))
    return std::monostate{};
  const void* data = calls.vector_get_data(vector);
  switch (type) {
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UBIGINT:
      return static_cast<const std::int64_t*>(data)[row];
    case DUCKDB_TYPE_BOOLEAN:
      return std::int64_t{static_cast<const bool*>(data)[row]};
    case DUCKDB_TYPE_DOUBLE:
      return static_cast<const double*>(data)[row];
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB: {
      auto text = static_cast<const duckdb_string_t*>(data)[row];
      std::string bytes(calls.string_t_data(&text), calls.string_t_length(text));
      if (type == DUCKDB_TYPE_BLOB) return Blob{std::move(bytes)};
      return bytes;
    }
    default:
      VEDETTE_ASSERT(false && "a column type that is not read here");
      return std::monostate{};
  }
}

}  // namespace

Error duckdb_error(std::string_view said) {
  auto says = [&](std::string_view words) { return said.find(words) != said.npos; };
  auto code = says("INTERRUPT")                                ? ErrorCode::kTimeout
              : says("Corrupt") || says("checksum")            ? ErrorCode::kCorrupt
              : says("newer version") || says("serialization") ? ErrorCode::kUnsupported
              : says("Constraint Error")                       ? ErrorCode::kConflict
                                                               : ErrorCode::kUnavailable;
  return {code, "DuckDB: " + std::string(said)};
}

Result<std::unique_ptr<DuckDbDatabase>> DuckDbDatabase::open(const DuckDbOptions& options) {
  TRY_ASSIGN(const auto* calls, load_duckdb());
  duckdb_config config = nullptr;
  calls->create_config(&config);
  auto set = [&](const char* name, const std::string& value) {
    VEDETTE_ASSERT(calls->set_config(config, name, value.c_str()) == DuckDBSuccess);
  };
  set("threads", std::to_string(options.threads));
  set("memory_limit", fmt::format("{}MiB", std::max<std::size_t>(options.memory_bytes >> 20, 64)));
  set("autoload_known_extensions", "false");
  set("autoinstall_known_extensions", "false");
  set("temp_directory", (options.folder / "spill").string());
  duckdb_database handle = nullptr;
  char* said = nullptr;
  // The size of row groups can only be said where a file is attached.
  auto opened = calls->open_ext(":memory:", &handle, config, &said);
  calls->destroy_config(&config);
  auto in_file = [&](Error error) {
    return std::unexpected(std::move(error).with("opening " + options.path.string()));
  };
  if (opened != DuckDBSuccess) {
    auto error = duckdb_error(said ? said : "cannot be opened");
    calls->free(said);
    return in_file(std::move(error));
  }
  std::unique_ptr<DuckDbDatabase> out(new DuckDbDatabase(*calls, handle));
  TRY_ASSIGN(auto connection, DuckDbConnection::connect(*out));
  // v1.2.0: the first storage that can hold text compressed by zstd.
  if (auto attached =
          connection->execute(fmt::format("ATTACH '{}' AS {} (ROW_GROUP_SIZE {}, STORAGE_VERSION 'v1.2.0')",
                                          escaped(options.path.string()), kAttachedAs, kRowGroupRows));
      !attached)
    return in_file(std::move(attached).error());
  // Whatever a query says, it reaches no other file and no network, and cannot change that.
  const auto folder = std::filesystem::absolute(options.folder).lexically_normal().string() + "/";
  for (const auto& sql :
       {fmt::format("SET allowed_directories=['{}']", escaped(folder)),
        std::string("SET enable_external_access=false"), std::string("SET preserve_insertion_order=false"),
        std::string("SET lock_configuration=true")}) {
    TRY(connection->execute(sql));
  }
  return out;
}

DuckDbDatabase::~DuckDbDatabase() { calls_.close(&handle_); }

Result<std::unique_ptr<DuckDbConnection>> DuckDbConnection::open(DuckDbDatabase& database) {
  TRY_ASSIGN(auto out, connect(database));
  TRY(out->execute("USE " + std::string(kAttachedAs)));
  return out;
}

Result<std::unique_ptr<DuckDbConnection>> DuckDbConnection::connect(DuckDbDatabase& database) {
  duckdb_connection handle = nullptr;
  if (database.calls().connect(database.handle(), &handle) != DuckDBSuccess)
    return fail(ErrorCode::kUnavailable, "DuckDB gives no connection");
  return std::unique_ptr<DuckDbConnection>(new DuckDbConnection(database.calls(), handle));
}

DuckDbConnection::~DuckDbConnection() { calls_.disconnect(&handle_); }

void DuckDbConnection::interrupt() { calls_.interrupt(handle_); }

Result<duckdb_result> DuckDbConnection::run(std::string_view sql, const Parameters& parameters) {
  duckdb_prepared_statement statement = nullptr;
  struct Owned {
    const DuckDb& calls;
    duckdb_prepared_statement& statement;
    ~Owned() { calls.destroy_prepare(&statement); }
  } owned{calls_, statement};
  if (calls_.prepare(handle_, std::string(sql).c_str(), &statement) != DuckDBSuccess) {
    const char* said = calls_.prepare_error(statement);
    return std::unexpected(duckdb_error(said ? said : "the statement cannot be prepared"));
  }
  VEDETTE_ASSERT(calls_.nparams(statement) == parameters.size());
  for (idx_t i = 0; i < parameters.size(); ++i) {
    auto bound = std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate>) return calls_.bind_null(statement, i + 1);
          if constexpr (std::is_same_v<T, std::int64_t>) return calls_.bind_int64(statement, i + 1, value);
          if constexpr (std::is_same_v<T, double>) return calls_.bind_double(statement, i + 1, value);
          if constexpr (std::is_same_v<T, std::string>)
            return calls_.bind_varchar_length(statement, i + 1, value.data(), value.size());
          if constexpr (std::is_same_v<T, Blob>)
            return calls_.bind_blob(statement, i + 1, value.bytes.data(), value.bytes.size());
        },
        parameters[i]);
    if (bound != DuckDBSuccess)
      return fail(ErrorCode::kInvalid, fmt::format("parameter {} cannot be bound", i + 1));
  }
  duckdb_result result{};
  if (calls_.execute_prepared(statement, &result) == DuckDBSuccess) return result;
  const char* said = calls_.result_error(&result);
  auto error = duckdb_error(said ? said : "the statement failed");
  calls_.destroy_result(&result);
  return std::unexpected(std::move(error));
}

Result<Rows> DuckDbConnection::query(std::string_view sql, const Parameters& parameters,
                                     std::size_t rows_max) {
  TRY_ASSIGN(auto result, run(sql, parameters));
  OwnedResult owned{calls_, result};
  const auto columns = calls_.column_count(&owned.result);
  Rows out;
  while (duckdb_data_chunk chunk = calls_.fetch_chunk(owned.result)) {
    const auto rows = calls_.data_chunk_get_size(chunk);
    bool fits = out.size() + rows <= rows_max;
    for (idx_t row = 0; fits && row < rows; ++row) {
      std::vector<Value> values;
      values.reserve(columns);
      for (idx_t column = 0; column < columns; ++column)
        values.push_back(value_at(calls_, calls_.data_chunk_get_vector(chunk, column),
                                  calls_.column_type(&owned.result, column), row));
      out.emplace_back(std::move(values));
    }
    calls_.destroy_data_chunk(&chunk);
    if (!fits) return fail(ErrorCode::kLimit, fmt::format("more than {} rows", rows_max));
    if (rows == 0) break;
  }
  return out;
}

Result<std::int64_t> DuckDbConnection::execute(std::string_view sql, const Parameters& parameters) {
  TRY_ASSIGN(auto result, run(sql, parameters));
  OwnedResult owned{calls_, result};
  return static_cast<std::int64_t>(calls_.rows_changed(&owned.result));
}

}  // namespace vedette::store
