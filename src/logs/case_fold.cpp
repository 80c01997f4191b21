#include "logs/case_fold.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/text/utf8.h"

namespace vedette::logs {

void fold_case_into(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    if (bytes[at] < 0x80) {
      out += fold_ascii(text[at++]);
      continue;
    }
    auto next = at;
    UChar32 code = 0;
    U8_NEXT(bytes, next, text.size(), code);  // NOLINT(bugprone-inc-dec-in-conditions): a macro of ICU
    if (code < 0)
      out.append(text, at, next - at);
    else
      append_utf8(out, static_cast<std::uint32_t>(u_foldCase(code, U_FOLD_CASE_DEFAULT)));
    at = next;
  }
}

std::string fold_case(std::string_view text) {
  std::string out;
  fold_case_into(text, out);
  return out;
}

}  // namespace vedette::logs
