#include "store/events/duckdb_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>

namespace vedette::store {
namespace {

Result<DuckDb> load_from(const std::filesystem::path& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail(ErrorCode::kUnsupported, ::dlerror());
  DuckDb out;
  const char* missing = nullptr;
#define VEDETTE_DUCKDB_LOAD(name)                                                     \
  out.name = reinterpret_cast<decltype(out.name)>(::dlsym(library, "duckdb_" #name)); \
  if (!out.name) missing = "duckdb_" #name;
  VEDETTE_DUCKDB_CALLS(VEDETTE_DUCKDB_LOAD)
#undef VEDETTE_DUCKDB_LOAD
  if (!missing) return out;
  ::dlclose(library);
  return fail(ErrorCode::kUnsupported,
              file.string() + " has no " + missing + ": take the DuckDB that came with Vedette");
}

Result<DuckDb> load() {
  std::error_code error;
  auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::string looked;
  for (const auto& place : {folder, folder / "../lib/vedette", folder / "../.."}) {
    auto file = (place / "libduckdb.so").lexically_normal();
    if (std::filesystem::exists(file, error)) return load_from(file);
    looked += (looked.empty() ? "" : ", ") + file.string();
  }
  return fail(ErrorCode::kUnsupported, "the event store needs libduckdb.so, and it is at none of " + looked);
}

}  // namespace

Result<const DuckDb*> load_duckdb() {
  static std::mutex mutex;
  static std::optional<DuckDb> loaded;
  std::lock_guard lock(mutex);
  if (!loaded) {
    TRY_ASSIGN(loaded, load());
  }
  return &*loaded;
}

}  // namespace vedette::store
