// Searches for the next byte that means something, sixteen bytes at a time where the machine can. Pure.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::sites {

// The first byte that is one of `kStop`, or `end`.
template <char... kStop>
inline const char* find_any(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hits = _mm_setzero_si128();
    ((hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(kStop)))), ...);
    if (const int mask = _mm_movemask_epi8(hits); mask != 0)
      return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at < end && !((*at == kStop) || ...)) ++at;
  return at;
}

}  // namespace vedette::sites
