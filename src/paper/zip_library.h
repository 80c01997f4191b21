// libzip, loaded when the first ODT is made, as Pango is (text_library.h). Thread-safe.
#pragma once

#include <zip.h>

#include "base/result.h"

namespace vedette::paper {

struct ZipLibrary {
  decltype(&::zip_error_init) error_init;
  decltype(&::zip_error_strerror) error_text;
  decltype(&::zip_source_buffer_create) buffer_create;
  decltype(&::zip_source_buffer) source_buffer;
  decltype(&::zip_source_keep) source_keep;
  decltype(&::zip_source_free) source_free;
  decltype(&::zip_source_open) source_open;
  decltype(&::zip_source_stat) source_stat;
  decltype(&::zip_source_read) source_read;
  decltype(&::zip_source_close) source_close;
  decltype(&::zip_open_from_source) open_from_source;
  decltype(&::zip_file_add) file_add;
  decltype(&::zip_set_file_compression) set_compression;
  decltype(&::zip_close) close;
  decltype(&::zip_discard) discard;
  decltype(&::zip_strerror) text_of_error;

  // kUnsupported: it is not installed; the message says what to install.
  static Result<const ZipLibrary*> get();
};

}  // namespace vedette::paper
