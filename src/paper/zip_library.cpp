#include "paper/zip_library.h"

#include "base/loaded_library.h"

namespace vedette::paper {
namespace {

LoadedLibrary<ZipLibrary> load_zip() {
  LoadedLibrary<ZipLibrary> out("libzip.so.4", "libzip4");
  auto& calls = out.calls;
  out.find(calls.error_init, "zip_error_init");
  out.find(calls.error_text, "zip_error_strerror");
  out.find(calls.buffer_create, "zip_source_buffer_create");
  out.find(calls.source_buffer, "zip_source_buffer");
  out.find(calls.source_keep, "zip_source_keep");
  out.find(calls.source_free, "zip_source_free");
  out.find(calls.source_open, "zip_source_open");
  out.find(calls.source_stat, "zip_source_stat");
  out.find(calls.source_read, "zip_source_read");
  out.find(calls.source_close, "zip_source_close");
  out.find(calls.open_from_source, "zip_open_from_source");
  out.find(calls.file_add, "zip_file_add");
  out.find(calls.set_compression, "zip_set_file_compression");
  out.find(calls.close, "zip_close");
  out.find(calls.discard, "zip_discard");
  out.find(calls.text_of_error, "zip_strerror");
  return out;
}

}  // namespace

Result<const ZipLibrary*> ZipLibrary::get() {
  static const auto loaded = load_zip();
  return loaded.result("an ODT cannot be made");
}

}  // namespace vedette::paper
