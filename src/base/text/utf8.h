// UTF-8: encoding one code point, reading one, telling whether bytes are well-formed. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

inline constexpr std::uint32_t kReplacement = 0xFFFD;

// Bytes written. Surrogates are encoded like any code point; above 0x10FFFF asserts nothing and writes
// U+FFFD.
inline std::size_t encode_utf8(std::uint32_t code, char* out) {
  if (code > 0x10FFFF) code = kReplacement;
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xC0 | (code >> 6));
    out[1] = static_cast<char>(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (code >> 12));
    out[1] = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (code & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (code >> 18));
  out[1] = static_cast<char>(0x80 | ((code >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (code & 0x3F));
  return 4;
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  char buffer[4];
  out.append(buffer, encode_utf8(code, buffer));
}

// The code point at `at`, which moves behind it. A malformed sequence gives U+FFFD and moves over its maximal
// subpart, as browsers do. `at` must be less than text.size().
std::uint32_t next_utf8(std::string_view text, std::size_t& at);

// The bytes before the first malformed sequence; text.size() if there is none.
std::size_t valid_utf8_prefix(std::string_view text);
inline bool is_valid_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

// A copy with each malformed sequence replaced by U+FFFD; `replaced` counts them.
std::string repair_utf8(std::string_view text, std::uint32_t* replaced = nullptr);

}  // namespace vedette
