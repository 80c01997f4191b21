#include "base/text/mojibake.h"

#include <array>

#include "base/text/utf8.h"

namespace vedette {
namespace {

// One short sequence alone may be meant ("Ó»" closes a quotation); two, or a long one, are not.
constexpr std::uint32_t kSequencesMin = 2;

constexpr std::array<std::uint16_t, 32> kHigh = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

// The windows-1252 byte of a code point; -1: it has none.
int byte_of(std::uint32_t code) {
  if (code < 0x100) return static_cast<int>(code);
  if (code > 0x2122) return -1;
  for (std::size_t i = 0; i < kHigh.size(); ++i) {
    if (kHigh[i] == code) return static_cast<int>(0x80 + i);
  }
  return -1;
}

std::uint32_t pass(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size());
  std::uint32_t two = 0, more = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t from = at;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
      out += text.substr(from, at - from);
      continue;
    }
    const int lead = byte_of(next_utf8(text, at));
    const int need = lead >= 0xC2 && lead <= 0xDF   ? 1
                     : lead >= 0xE0 && lead <= 0xEF ? 2
                     : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                    : 0;
    char bytes[4] = {static_cast<char>(lead)};
    std::size_t end = at;
    int have = 0;
    while (have < need && end < text.size()) {
      const int byte = byte_of(next_utf8(text, end));
      if (byte < 0x80 || byte > 0xBF) break;
      bytes[++have] = static_cast<char>(byte);
    }
    const std::string_view sequence(bytes, static_cast<std::size_t>(need) + 1);
    if (need > 0 && have == need && is_valid_utf8(sequence)) {
      ++(need == 1 ? two : more);
      out += sequence;
      at = end;
    } else {
      out += text.substr(from, at - from);
    }
  }
  return more > 0 || two >= kSequencesMin ? two + more : 0;
}

}  // namespace

std::uint32_t repair_mojibake(std::string_view text, std::string& out) {
  // Every lead byte shows as a code point from U+00C2 to U+00F4: its UTF-8 begins with C3.
  if (text.find('\xC3') == std::string_view::npos) return 0;
  std::string once;
  std::uint32_t count = pass(text, once);
  if (count == 0) return 0;
  if (std::string twice; pass(once, twice) > 0) once.swap(twice);
  out.swap(once);
  return count;
}

}  // namespace vedette
