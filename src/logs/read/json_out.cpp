#include "logs/read/json_out.h"

#include <fmt/format.h>

#include "base/text/utf8.h"

namespace vedette::logs {
namespace {

void write_string(std::string_view text, std::string& out) {
  out += '"';
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = repair_utf8(text);
    text = repaired;
  }
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_value(const Field& field, std::string& out) {
  switch (field.kind) {
    case ValueKind::kNull:
      out += "null";
      return;
    case ValueKind::kNumber:
    case ValueKind::kTrue:
    case ValueKind::kFalse:
      // "nan" is a number of Windows and none of JSON.
      if (field.value.find_first_not_of("0123456789.-+eE") == std::string_view::npos ||
          field.kind != ValueKind::kNumber) {
        out += field.value;
        return;
      }
      [[fallthrough]];
    default:
      write_string(field.value, out);
  }
}

}  // namespace

void write_json(std::span<const Field> fields, std::string& out) {
  out.clear();
  out += '{';
  for (std::size_t i = 0; i < fields.size();) {
    if (i > 0) out += ',';
    write_string(fields[i].name, out);
    out += ':';
    // Elements of a list stand side by side.
    std::size_t end = i + 1;
    while (end < fields.size() && fields[end].name == fields[i].name) ++end;
    if (end == i + 1) {
      write_value(fields[i], out);
    } else {
      for (std::size_t k = i; k < end; ++k) {
        out += k == i ? '[' : ',';
        write_value(fields[k], out);
      }
      out += ']';
    }
    i = end;
  }
  out += '}';
}

}  // namespace vedette::logs
