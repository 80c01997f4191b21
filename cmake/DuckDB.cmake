# DuckDB (script/fetch-duckdb): only its C header is needed to build. The library is loaded when the event store is
# opened, so that commands and agents that have no event store do not carry 70 MB of it; it lies beside the program.
set(VEDETTE_DUCKDB "${CMAKE_SOURCE_DIR}/build/duckdb")
if(NOT EXISTS "${VEDETTE_DUCKDB}/duckdb.h")
  message(FATAL_ERROR "DuckDB is missing: run script/fetch-duckdb (script/build does)")
endif()
configure_file("${VEDETTE_DUCKDB}/libduckdb.so" "${CMAKE_BINARY_DIR}/libduckdb.so" COPYONLY)
