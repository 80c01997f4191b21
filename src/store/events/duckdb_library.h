// DuckDB's C interface, loaded at run time: from the folder of the program, from ../lib/vedette beside it, or
// from the top of the build folder. Loaded once and kept; thread-safe.
#pragma once

#include <duckdb.h>

#include "base/result.h"

extern "C" {
// Of DuckDB 1.5; the header that can be had is 1.4's. As duckdb_vector_assign_string_element_len, for text
// that is known to be UTF-8.
void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector vector, idx_t index, const char* text,
                                                    idx_t size);
}

namespace vedette::store {

// clang-format off
#define VEDETTE_DUCKDB_CALLS(X) \
  X(library_version) X(create_config) X(set_config) X(destroy_config) X(open_ext) X(close) \
  X(connect) X(disconnect) X(interrupt) X(query) X(destroy_result) X(result_error) \
  X(column_count) X(column_type) X(rows_changed) X(fetch_chunk) X(data_chunk_get_size) \
  X(data_chunk_get_vector) X(data_chunk_reset) X(data_chunk_set_size) X(create_data_chunk) \
  X(destroy_data_chunk) X(vector_get_data) X(vector_get_validity) \
  X(vector_ensure_validity_writable) X(validity_set_row_invalid) X(validity_row_is_valid) \
  X(unsafe_vector_assign_string_element_len) X(string_t_length) X(string_t_data) X(create_logical_type) \
  X(destroy_logical_type) X(prepare) X(prepare_error) X(destroy_prepare) X(bind_int64) \
  X(bind_double) X(bind_varchar_length) X(bind_blob) X(bind_null) X(execute_prepared) X(nparams) \
  X(appender_create) X(appender_error) X(appender_close) X(appender_destroy) X(append_data_chunk) \
  X(free)
// clang-format on

// NOLINTBEGIN(bugprone-macro-parentheses): the argument is a name to declare.
struct DuckDb {
#define VEDETTE_DUCKDB_MEMBER(name) decltype(&::duckdb_##name) name = nullptr;
  VEDETTE_DUCKDB_CALLS(VEDETTE_DUCKDB_MEMBER)
#undef VEDETTE_DUCKDB_MEMBER
};
// NOLINTEND(bugprone-macro-parentheses)

// kUnsupported: the library is not there or is another one; the message says where it was looked for.
Result<const DuckDb*> load_duckdb();

}  // namespace vedette::store
