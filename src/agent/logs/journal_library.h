// JournalLibrary: the calls of libsystemd that read a journal (sd-journal(3)), loaded when a journal is to be
// read and not before: a host without systemd needs nothing of it. Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

struct sd_journal;

namespace vedette::agent {

struct JournalLibrary {
  int (*open)(sd_journal**, int flags) = nullptr;
  int (*open_directory)(sd_journal**, const char* path, int flags) = nullptr;
  void (*close)(sd_journal*) = nullptr;
  int (*get_fd)(sd_journal*) = nullptr;
  int (*process)(sd_journal*) = nullptr;
  int (*next)(sd_journal*) = nullptr;
  int (*previous)(sd_journal*) = nullptr;
  int (*seek_head)(sd_journal*) = nullptr;
  int (*seek_tail)(sd_journal*) = nullptr;
  int (*seek_cursor)(sd_journal*, const char* cursor) = nullptr;
  int (*test_cursor)(sd_journal*, const char* cursor) = nullptr;
  int (*get_cursor)(sd_journal*, char** cursor) = nullptr;
  int (*get_realtime_usec)(sd_journal*, std::uint64_t*) = nullptr;
  int (*set_data_threshold)(sd_journal*, std::size_t) = nullptr;
  void (*restart_data)(sd_journal*) = nullptr;
  int (*enumerate_available_data)(sd_journal*, const void** data, std::size_t* size) = nullptr;

  // kUnsupported: libsystemd is not on this host.
  static Result<const JournalLibrary*> get();
};

}  // namespace vedette::agent
