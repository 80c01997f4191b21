#include "logs/sigma/sigma_string.h"

#include <unicode/uchar.h>

#include <array>

#include "base/assert.h"
#include "base/text/base64.h"
#include "base/text/utf8.h"

namespace vedette::logs::sigma {
namespace {

constexpr std::array<std::string_view, 5> kDashes = {"-", "/", "\u2013", "\u2014", "\u2015"};

bool is_word(std::uint32_t code) { return code == '_' || u_isalnum(static_cast<UChar32>(code)) != 0; }

bool is_dash(std::uint32_t code) { return code == '-' || code == '/' || (code >= 0x2013 && code <= 0x2015); }

void append_text(SigmaString& out, std::string_view text) {
  if (text.empty()) return;
  if (out.empty() || out.back().kind != Piece::Kind::kText) out.push_back({Piece::Kind::kText, {}});
  out.back().text += text;
}

// Where in `text` a dash begins a parameter: nothing of a word before it, a word behind it.
std::vector<std::pair<std::size_t, std::size_t>> parameter_dashes(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  bool word_before = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto code = next_utf8(text, at);
    if (is_dash(code) && !word_before && at < text.size()) {
      auto behind = at;
      if (is_word(next_utf8(text, behind))) out.emplace_back(begin, at);
    }
    word_before = is_word(code);
  }
  return out;
}

void append_utf16(std::string& out, std::uint32_t unit, bool little) {
  const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
  out += little ? low : high;
  out += little ? high : low;
}

std::string utf16(std::string_view text, bool little) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto code = next_utf8(text, at);
    if (code < 0x10000) {
      append_utf16(out, code, little);
      continue;
    }
    append_utf16(out, 0xD800 + ((code - 0x10000) >> 10), little);
    append_utf16(out, 0xDC00 + ((code - 0x10000) & 0x3FF), little);
  }
  return out;
}

}  // namespace

SigmaString parse_sigma_string(std::string_view text, bool placeholders) {
  SigmaString out;
  std::string literal;
  auto flush = [&] {
    append_text(out, literal);
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
      literal += next;
      ++at;
    } else if (c == '*' || c == '?') {
      flush();
      out.push_back({c == '*' ? Piece::Kind::kAny : Piece::Kind::kOne, {}});
    } else if (c == '%' && placeholders) {
      const auto end = text.find('%', at + 1);
      if (end == text.npos || end == at + 1) {
        literal += c;
        continue;
      }
      flush();
      out.push_back({Piece::Kind::kPlaceholder, std::string(text.substr(at + 1, end - at - 1))});
      at = end;
    } else {
      literal += c;
    }
  }
  flush();
  return out;
}

std::string literal_of(const SigmaString& value) {
  std::string out;
  for (const auto& piece : value) out += piece.text;
  return out;
}

std::vector<SigmaString> windash_forms(const SigmaString& value) {
  std::vector<SigmaString> forms(1);
  for (const auto& piece : value) {
    if (piece.kind != Piece::Kind::kText) {
      for (auto& form : forms) form.push_back(piece);
      continue;
    }
    std::size_t done = 0;
    for (auto [begin, end] : parameter_dashes(piece.text)) {
      if (forms.size() * kDashes.size() > kWindashFormsMax) return {};
      std::vector<SigmaString> more;
      for (const auto& form : forms) {
        for (auto dash : kDashes) {
          more.push_back(form);
          append_text(more.back(), std::string_view(piece.text).substr(done, begin - done));
          append_text(more.back(), dash);
        }
      }
      forms = std::move(more);
      done = end;
    }
    for (auto& form : forms) append_text(form, std::string_view(piece.text).substr(done));
  }
  return forms;
}

std::string utf16le(std::string_view text) { return utf16(text, true); }
std::string utf16be(std::string_view text) { return utf16(text, false); }

std::string base64_at_offset(std::string_view bytes, std::size_t offset) {
  VEDETTE_ASSERT(offset < 3);
  // Characters that hold bits of the bytes in front, and at the end of those behind.
  constexpr std::array<std::size_t, 3> kFront = {0, 2, 3}, kBack = {0, 3, 2};
  auto encoded = base64_encode(std::string(offset, ' ') + std::string(bytes));
  const auto back = kBack[(bytes.size() + offset) % 3];
  if (encoded.size() < kFront[offset] + back) return {};
  return encoded.substr(kFront[offset], encoded.size() - kFront[offset] - back);
}

void set_text_comparison(const SigmaString& value, Predicate& predicate) {
  using Kind = Piece::Kind;
  // "**" is "*".
  SigmaString pieces;
  for (const auto& piece : value) {
    if (piece.kind == Kind::kAny && !pieces.empty() && pieces.back().kind == Kind::kAny) continue;
    piece.kind == Kind::kText ? append_text(pieces, piece.text) : pieces.push_back(piece);
  }
  const bool any_front = !pieces.empty() && pieces.front().kind == Kind::kAny;
  const bool any_back = !pieces.empty() && pieces.back().kind == Kind::kAny;
  const std::size_t begin = any_front ? 1 : 0,
                    end = pieces.size() - (any_back && pieces.size() > begin ? 1 : 0);
  const bool literal = end == begin || (end == begin + 1 && pieces[begin].kind == Kind::kText);
  if (literal) {
    predicate.text = end == begin ? std::string() : pieces[begin].text;
    predicate.comparison = any_front && any_back ? Comparison::kContains
                           : any_front           ? Comparison::kEndsWith
                           : any_back            ? Comparison::kStartsWith
                                                 : Comparison::kEquals;
    return;
  }
  predicate.comparison = Comparison::kWildcard;
  for (const auto& piece : pieces) {
    if (piece.kind == Kind::kText) {
      predicate.parts.push_back({piece.text, GlobPart::Gap::kNone});
      continue;
    }
    if (predicate.parts.empty() || predicate.parts.back().gap != GlobPart::Gap::kNone)
      predicate.parts.push_back({});
    predicate.parts.back().gap = piece.kind == Kind::kOne ? GlobPart::Gap::kOne : GlobPart::Gap::kAny;
  }
}

}  // namespace vedette::logs::sigma
