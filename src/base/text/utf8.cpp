#include "base/text/utf8.h"

#include <simdjson.h>

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette {
namespace {

// How many of the sixteen bytes at `p` come before the first that is no ASCII.
std::size_t ascii_prefix(const char* p) {
#if defined(__SSE2__)
  const int mask = _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return mask == 0 ? 16 : static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
#else
  std::uint64_t a = 0, b = 0;
  std::memcpy(&a, p, 8);
  std::memcpy(&b, p + 8, 8);
  return ((a | b) & 0x8080808080808080ull) == 0 ? 16 : 0;
#endif
}

// Length of the well-formed sequence at `p`, or minus the length of the maximal subpart of a malformed one.
int sequence(const unsigned char* p, std::size_t left) {
  const unsigned char lead = p[0];
  if (lead < 0x80) return 1;
  int need = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    need = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    need = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    need = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return -1;
  }
  for (int i = 1; i <= need; ++i) {
    if (static_cast<std::size_t>(i) >= left || p[i] < low || p[i] > high) return -i;
    low = 0x80;
    high = 0xBF;
  }
  return need + 1;
}

}  // namespace

std::uint32_t next_utf8(std::string_view text, std::size_t& at) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data()) + at;
  const int length = sequence(p, text.size() - at);
  if (length < 0) {
    at += static_cast<std::size_t>(-length);
    return kReplacement;
  }
  at += static_cast<std::size_t>(length);
  switch (length) {
    case 1:
      return p[0];
    case 2:
      return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3:
      return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    default:
      return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
  }
}

std::size_t valid_utf8_prefix(std::string_view text) {
  // Most texts are well-formed, and whole lines of a log are asked about: the library looks at 32 bytes and
  // more at once, but does not say where something is wrong.
  constexpr std::size_t kLong = 128;
  if (text.size() >= kLong && simdjson::validate_utf8(text)) return text.size();
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 16) {
      const std::size_t ascii = ascii_prefix(text.data() + at);
      at += ascii;
      if (ascii == 16) continue;
    }
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    do {  // letters with marks seldom come alone
      // The common forms first: two bytes, and three of a range without exceptions.
      if (text.size() - at >= 3 && (p[at + 1] & 0xC0) == 0x80) {
        if (p[at] >= 0xC2 && p[at] <= 0xDF) {
          at += 2;
          continue;
        }
        if (p[at] > 0xE0 && p[at] <= 0xEF && p[at] != 0xED && (p[at + 2] & 0xC0) == 0x80) {
          at += 3;
          continue;
        }
      }
      const int length = sequence(p + at, text.size() - at);
      if (length < 0) return at;
      at += static_cast<std::size_t>(length);
    } while (at < text.size() && p[at] >= 0x80);
  }
  return at;
}

std::string repair_utf8(std::string_view text, std::uint32_t* replaced) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::uint32_t count = 0;
  while (!text.empty()) {
    const std::size_t good = valid_utf8_prefix(text);
    out += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    std::size_t bad = 0;
    append_utf8(out, next_utf8(text, bad));
    text.remove_prefix(bad);
    ++count;
  }
  if (replaced != nullptr) *replaced = count;
  return out;
}

}  // namespace vedette
