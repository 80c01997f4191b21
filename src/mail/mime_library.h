// GMime, loaded when the first message is read: commands and agents that read none do not carry it, and a
// server without it still runs. Thread-safe.
#pragma once

#include <gmime/gmime.h>

#include "base/result.h"

namespace vedette::mail {

struct MimeLibrary {
  decltype(&::g_mime_init) init;
  decltype(&::g_object_unref) unref;
  decltype(&::g_free) free;
  decltype(&::g_type_check_instance_is_a) is_a;
  decltype(&::g_mime_part_get_type) part_type;
  decltype(&::g_mime_text_part_get_type) text_part_type;
  decltype(&::g_mime_multipart_get_type) multipart_type;
  decltype(&::internet_address_mailbox_get_type) mailbox_type;
  decltype(&::g_mime_stream_mem_new) stream_new;
  decltype(&::g_mime_stream_mem_new_with_buffer) stream_of;
  decltype(&::g_mime_stream_mem_get_byte_array) stream_bytes;
  decltype(&::g_mime_parser_new_with_stream) parser_new;
  decltype(&::g_mime_parser_construct_message) construct_message;
  decltype(&::g_mime_message_get_message_id) message_id;
  decltype(&::g_mime_message_get_subject) subject;
  decltype(&::g_mime_message_get_from) from;
  decltype(&::g_mime_message_foreach) each_part;
  decltype(&::internet_address_list_length) address_count;
  decltype(&::internet_address_list_get_address) address_at;
  decltype(&::internet_address_get_name) address_name;
  decltype(&::internet_address_mailbox_get_addr) address_text;
  decltype(&::g_mime_object_get_header_list) headers;
  decltype(&::g_mime_header_list_get_count) header_count;
  decltype(&::g_mime_header_list_get_header_at) header_at;
  decltype(&::g_mime_header_get_name) header_name;
  decltype(&::g_mime_header_get_value) header_value;
  decltype(&::g_mime_object_get_content_type) content_type;
  decltype(&::g_mime_content_type_get_mime_type) type_text;
  decltype(&::g_mime_part_get_filename) file_name;
  decltype(&::g_mime_part_is_attachment) is_attachment;
  decltype(&::g_mime_part_get_content) content;
  decltype(&::g_mime_data_wrapper_write_to_stream) write_content;
  decltype(&::g_mime_text_part_get_text) text;

  // kUnsupported: it is not installed; the message names the package.
  static Result<const MimeLibrary*> get();
};

}  // namespace vedette::mail
