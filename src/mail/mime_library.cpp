#include "mail/mime_library.h"

#include "base/loaded_library.h"

namespace vedette::mail {
namespace {

LoadedLibrary<MimeLibrary> load_mime() {
  LoadedLibrary<MimeLibrary> out("libgmime-3.0.so.0", "libgmime-3.0-0");
  auto& calls = out.calls;
  out.find(calls.init, "g_mime_init");
  out.find(calls.unref, "g_object_unref");
  out.find(calls.free, "g_free");
  out.find(calls.is_a, "g_type_check_instance_is_a");
  out.find(calls.part_type, "g_mime_part_get_type");
  out.find(calls.text_part_type, "g_mime_text_part_get_type");
  out.find(calls.multipart_type, "g_mime_multipart_get_type");
  out.find(calls.mailbox_type, "internet_address_mailbox_get_type");
  out.find(calls.stream_new, "g_mime_stream_mem_new");
  out.find(calls.stream_of, "g_mime_stream_mem_new_with_buffer");
  out.find(calls.stream_bytes, "g_mime_stream_mem_get_byte_array");
  out.find(calls.parser_new, "g_mime_parser_new_with_stream");
  out.find(calls.construct_message, "g_mime_parser_construct_message");
  out.find(calls.message_id, "g_mime_message_get_message_id");
  out.find(calls.subject, "g_mime_message_get_subject");
  out.find(calls.from, "g_mime_message_get_from");
  out.find(calls.each_part, "g_mime_message_foreach");
  out.find(calls.address_count, "internet_address_list_length");
  out.find(calls.address_at, "internet_address_list_get_address");
  out.find(calls.address_name, "internet_address_get_name");
  out.find(calls.address_text, "internet_address_mailbox_get_addr");
  out.find(calls.headers, "g_mime_object_get_header_list");
  out.find(calls.header_count, "g_mime_header_list_get_count");
  out.find(calls.header_at, "g_mime_header_list_get_header_at");
  out.find(calls.header_name, "g_mime_header_get_name");
  out.find(calls.header_value, "g_mime_header_get_value");
  out.find(calls.content_type, "g_mime_object_get_content_type");
  out.find(calls.type_text, "g_mime_content_type_get_mime_type");
  out.find(calls.file_name, "g_mime_part_get_filename");
  out.find(calls.is_attachment, "g_mime_part_is_attachment");
  out.find(calls.content, "g_mime_part_get_content");
  out.find(calls.write_content, "g_mime_data_wrapper_write_to_stream");
  out.find(calls.text, "g_mime_text_part_get_text");
  if (calls.init) calls.init();
  return out;
}

}  // namespace

Result<const MimeLibrary*> MimeLibrary::get() {
  static const auto loaded = load_mime();
  return loaded.result("mail cannot be read");
}

}  // namespace vedette::mail
