#include "logs/match/value_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <array>
#include <bit>

#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/text/utf8.h"
#include "logs/case_fold.h"
#include "logs/json_text.h"

namespace vedette::logs::match {
namespace {

// The code point at `at`, or the byte where there is none, folded to `out`, as fold_case_into does.
std::size_t fold_one(std::string_view text, std::size_t& at, char* out) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (bytes[at] < 0x80) {
    *out = fold_ascii(text[at++]);
    return 1;
  }
  auto next = at;
  UChar32 code = 0;
  U8_NEXT(bytes, next, text.size(), code);  // NOLINT(bugprone-inc-dec-in-conditions): a macro of ICU
  const auto size = next - at;
  if (code >= 0) {
    at = next;
    return encode_utf8(static_cast<std::uint32_t>(u_foldCase(code, U_FOLD_CASE_DEFAULT)), out);
  }
  std::memcpy(out, text.data() + at, size);
  at = next;
  return size;
}

// What a backslash and this byte mean; 0: to be looked at.
constexpr auto kShortEscapes = [] {
  std::array<char, 256> out{};
  for (const auto& [kind, meant] : {std::pair{'"', '"'},
                                    {'\\', '\\'},
                                    {'/', '/'},
                                    {'b', '\b'},
                                    {'f', '\f'},
                                    {'n', '\n'},
                                    {'r', '\r'},
                                    {'t', '\t'}})
    out[static_cast<unsigned char>(kind)] = meant;
  return out;
}();

std::size_t fold_escape(std::string_view text, std::size_t& at, char* out) {
  char bytes[4];
  const std::string_view plain(bytes, unescape_one(text, at, bytes));
  std::size_t from = 0, size = 0;
  while (from < plain.size()) size += fold_one(plain, from, out + size);
  return size;
}

[[gnu::noinline]] std::size_t fold_slowly(std::string_view value, bool escaped, std::size_t& at, char* out) {
  return escaped && value[at] == '\\' ? fold_escape(value, at, out) : fold_one(value, at, out);
}

#if defined(__SSE2__)
// Fewer than sixteen bytes, zeros behind them; nothing beyond them is read.
__m128i last_bytes(const char* from, std::size_t size) {
  const auto read = [from]<class Number>(Number, std::size_t at) -> std::uint64_t {
    Number out = 0;
    std::memcpy(&out, from + at, sizeof out);
    return out;
  };
  std::uint64_t low = 0, high = 0;
  if (size >= 8) {
    low = read(std::uint64_t{}, 0);
    // The last eight without those that are in `low`; a shift by 64 would be none.
    high = size == 8 ? 0 : read(std::uint64_t{}, size - 8) >> (8 * (16 - size));
  } else if (size >= 4) {
    low = read(std::uint32_t{}, 0) | read(std::uint32_t{}, size - 4) << (8 * (size - 4));
  } else if (size > 0) {
    low = read(std::uint8_t{}, 0) | read(std::uint8_t{}, size / 2) << (8 * (size / 2)) |
          read(std::uint8_t{}, size - 1) << (8 * (size - 1));
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}
#endif

}  // namespace

std::string_view plain_text(std::string_view value, bool escaped, Arena& arena) {
  if (!escaped) return value;
  char* out = arena.take(value.size() + kPadding);
  char* end = out;
  for (std::size_t at = 0; at < value.size();) {
    const auto next = std::min(value.find('\\', at), value.size());
    std::memcpy(end, value.data() + at, next - at);
    end += next - at;
    at = next;
    if (at < value.size()) end += unescape_one(value, at, end);
  }
  return {out, static_cast<std::size_t>(end - out)};
}

std::string_view folded_text(std::string_view value, bool escaped, Arena& arena) {
  // Folding makes two bytes three at most; an escape may write four bytes, a block sixteen, before what they
  // mean is known.
  const auto room = value.size() + value.size() / 2 + 2 * kPadding;
  char* const out = arena.take(room);
  char* end = out;
  std::size_t at = 0;
  // What no block can do: an escape, or what is not ASCII.
  const auto one = [&] {
    // Paths and messages are full of these, none of which is a letter.
    if (escaped && value[at] == '\\' && value.size() - at > 1) {
      if (const char meant = kShortEscapes[static_cast<unsigned char>(value[at + 1])]; meant != 0) {
        *end++ = meant;
        at += 2;
        return;
      }
    }
    end += fold_slowly(value, escaped, at, end);
  };
#if defined(__SSE2__)
  const auto before_a = _mm_set1_epi8('A' - 1), behind_z = _mm_set1_epi8('Z' + 1), bit = _mm_set1_epi8(0x20),
             backslash = _mm_set1_epi8('\\');
  while (at < value.size()) {
    const auto left = value.size() - at;
    const auto bytes = left >= 16 ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(value.data() + at))
                                  : last_bytes(value.data() + at, left);
    const auto upper = _mm_and_si128(_mm_cmpgt_epi8(bytes, before_a), _mm_cmpgt_epi8(behind_z, bytes));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(end), _mm_or_si128(bytes, _mm_and_si128(upper, bit)));
    auto stops = static_cast<unsigned>(_mm_movemask_epi8(bytes));
    if (escaped) stops |= static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash)));
    const auto size = left < 16 ? static_cast<unsigned>(left) : 16U;
    const auto taken = static_cast<unsigned>(std::countr_zero(stops | 1U << size));
    at += taken;
    end += taken;
    if (taken < size) one();
  }
#else
  while (at < value.size()) one();
#endif
  std::memset(end, 0, kPadding);
  const auto size = static_cast<std::size_t>(end - out);
  arena.give_back(room - size - kPadding);
  return {out, size};
}

}  // namespace vedette::logs::match
