#include "paper/printable.h"

#include <fmt/format.h>
#include <unicode/utf8.h>

namespace vedette::paper {

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    const auto begin = at;
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);  // NOLINT(bugprone-inc-dec-in-conditions): a macro of ICU
    if (c < 0) {
      out += "\xEF\xBF\xBD";
    } else if (c == '\n' ||
               (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) && c != 0xFFFE && c != 0xFFFF)) {
      out.append(text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin)));
    } else if (c == '\t') {
      out += ' ';
    }
  }
  return out;
}

Result<void> check_size(const Document& document) {
  std::size_t bytes = document.title.size() + document.foot.size();
  for (const auto& one : document.lines) bytes += one.size();
  for (const auto& section : document.sections) {
    bytes += section.name.size();
    for (const auto& row : section.rows) bytes += row.label.size() + row.value.size() + row.note.size() + 16;
  }
  if (bytes > kDocumentBytesMax)
    return fail(ErrorCode::kLimit, fmt::format("the paper has {} bytes of text; at most {} are printed",
                                               bytes, kDocumentBytesMax));
  return {};
}

}  // namespace vedette::paper
