// A text value of a rule while its modifiers work on it: literal pieces, wildcards, and placeholders.
//
// Wildcards are `*` and `?`; a backslash before one of them, or before a backslash, takes its meaning away;
// any other backslash is itself (specification, "Escaping"). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

struct Piece {
  enum class Kind : std::uint8_t { kText, kOne, kAny, kPlaceholder };
  Kind kind = Kind::kText;
  std::string text;
  bool operator==(const Piece&) const = default;
};
using SigmaString = std::vector<Piece>;

// With `placeholders`, `%name%` is one.
SigmaString parse_sigma_string(std::string_view text, bool placeholders = false);
inline bool has_wildcard(const SigmaString& value) {
  for (const auto& piece : value) {
    if (piece.kind == Piece::Kind::kOne || piece.kind == Piece::Kind::kAny) return true;
  }
  return false;
}
// The literal text; only of a value without wildcards.
std::string literal_of(const SigmaString& value);

// All ways to write the dashes and slashes that begin a parameter, -x /x –x —x ―x, in every combination; more
// than kWindashFormsMax: nothing.
inline constexpr std::size_t kWindashFormsMax = 3125;
std::vector<SigmaString> windash_forms(const SigmaString& value);

std::string utf16le(std::string_view text);
std::string utf16be(std::string_view text);
// What stands in a Base64 text where `bytes` were encoded at an offset of 0, 1 or 2 bytes: the characters
// that do not depend on what is around them.
std::string base64_at_offset(std::string_view bytes, std::size_t offset);

// Comparison, text and parts of a value that must be the whole field; kAny pieces at its ends make it
// contains, startswith or endswith.
void set_text_comparison(const SigmaString& value, Predicate& predicate);

}  // namespace vedette::logs::sigma
