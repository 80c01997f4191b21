#include "agent/logs/journal_library.h"

#include <dlfcn.h>

namespace vedette::agent {
namespace {

struct Loaded {
  JournalLibrary calls;
  std::string missing;
};

Loaded load() {
  Loaded out;
  void* library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    out.missing = "libsystemd is not installed here, so its journal cannot be read";
    return out;
  }
  auto find = [&](auto& call, const char* name) {
    void* found = ::dlsym(library, name);
    if (found == nullptr) out.missing = std::string("libsystemd is too old: it has no ") + name;
    call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(found);
  };
  auto& calls = out.calls;
  find(calls.open, "sd_journal_open");
  find(calls.open_directory, "sd_journal_open_directory");
  find(calls.close, "sd_journal_close");
  find(calls.get_fd, "sd_journal_get_fd");
  find(calls.process, "sd_journal_process");
  find(calls.next, "sd_journal_next");
  find(calls.previous, "sd_journal_previous");
  find(calls.seek_head, "sd_journal_seek_head");
  find(calls.seek_tail, "sd_journal_seek_tail");
  find(calls.seek_cursor, "sd_journal_seek_cursor");
  find(calls.test_cursor, "sd_journal_test_cursor");
  find(calls.get_cursor, "sd_journal_get_cursor");
  find(calls.get_realtime_usec, "sd_journal_get_realtime_usec");
  find(calls.set_data_threshold, "sd_journal_set_data_threshold");
  find(calls.restart_data, "sd_journal_restart_data");
  find(calls.enumerate_available_data, "sd_journal_enumerate_available_data");
  return out;
}

}  // namespace

Result<const JournalLibrary*> JournalLibrary::get() {
  static const Loaded loaded = load();
  if (!loaded.missing.empty()) return fail(ErrorCode::kUnsupported, loaded.missing);
  return &loaded.calls;
}

}  // namespace vedette::agent
