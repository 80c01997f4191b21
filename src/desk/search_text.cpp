#include "desk/search_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace vedette::desk {

std::string search_text(std::string_view text) {
  constexpr std::size_t kBytesMax = 2000;
  text = text.substr(0, kBytesMax);
  UErrorCode status = U_ZERO_ERROR;
  auto wide =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  const auto* normalizer = icu::Normalizer2::getNFKDInstance(status);
  if (U_SUCCESS(status)) wide = normalizer->normalize(wide.foldCase(), status);
  icu::UnicodeString plain;
  for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
    UChar32 c = wide.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    plain.append(c == 0x111 ? UChar32('d') : c);
  }
  std::string out;
  plain.toUTF8String(out);
  return out;
}

}  // namespace vedette::desk
