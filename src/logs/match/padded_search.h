// Whether a text holds another one, for texts behind which kPadding bytes may be read: sixteen places at a
// time by the first and the last byte (Mula 2016, "SIMD-friendly algorithms for substring searching"). memmem
// makes a table for each call, which costs more than looking through a short value. Any thread.
#pragma once

#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>

#include <bit>
#endif

namespace vedette::logs::match {

inline bool padded_text_has(std::string_view text, std::string_view wanted) {
  if (wanted.size() > text.size()) return false;
#if defined(__SSE2__)
  if (wanted.empty()) return true;
  const auto first = _mm_set1_epi8(wanted.front()), last = _mm_set1_epi8(wanted.back());
  const auto places = text.size() - wanted.size() + 1;
  const auto load = [](const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); };
  for (std::size_t at = 0; at < places; at += 16) {
    const char* from = text.data() + at;
    auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(
        _mm_cmpeq_epi8(load(from), first), _mm_cmpeq_epi8(load(from + wanted.size() - 1), last))));
    if (places - at < 16) found &= (1U << (places - at)) - 1;
    for (; found != 0; found &= found - 1)
      if (std::memcmp(from + std::countr_zero(found), wanted.data(), wanted.size()) == 0) return true;
  }
  return false;
#else
  return text.find(wanted) != std::string_view::npos;
#endif
}

}  // namespace vedette::logs::match
