#include "base/text/plain_letters.h"

#include <unicode/translit.h>

#include <memory>
#include <mutex>

#include "base/assert.h"

namespace vedette {

std::string plain_letters(std::string_view text) {
  // ICU does not say that one transliterator may serve several threads at once.
  static std::mutex mutex;
  static const auto transliterator = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
        "Any-Latin; NFD; [:Nonspacing Mark:] Remove; NFC; Latin-ASCII", UTRANS_FORWARD, error));
    VEDETTE_ASSERT(made && U_SUCCESS(error));
    return made;
  }();
  auto whole =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  {
    const std::lock_guard lock(mutex);
    transliterator->transliterate(whole);
  }
  std::string out;
  for (std::int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    const auto c = whole.char32At(i);
    out += c < 0x80 ? static_cast<char>(c) : '?';
  }
  return out;
}

}  // namespace vedette
