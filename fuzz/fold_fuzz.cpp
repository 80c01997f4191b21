// Any bytes fold to well-formed UTF-8 of bounded size.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/text/fold.h"
#include "base/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const vedette::Folded folded = vedette::fold(text);
  VEDETTE_ASSERT(vedette::is_valid_utf8(folded.text));
  VEDETTE_ASSERT(vedette::is_valid_utf8(folded.joined));
  VEDETTE_ASSERT(vedette::is_valid_utf8(folded.alternative));
  VEDETTE_ASSERT(folded.text.size() <= 16 + 24 * size);
  VEDETTE_ASSERT(folded.joined.size() <= 16 + 24 * size);
  return 0;
}
