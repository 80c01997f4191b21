#include "base/text/decode.h"

#include <algorithm>
#include <array>

#include "base/text/base64.h"
#include "base/text/named_references.h"
#include "base/text/utf8.h"

namespace vedette {
namespace {

constexpr std::size_t kBase64Min = 16, kBase64CallMin = 4, kHexStringMin = 16;
constexpr std::size_t kEscapesMin = 2, kPercentMin = 3, kReferencesMin = 3, kCodesMin = 4;
constexpr std::size_t kRegionBytesMax = 256 * 1024;  // of one encoded stretch
constexpr std::size_t kReverseLook = 80;             // bytes behind a literal in which .reverse() counts

bool white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool quote(char c) { return c == '"' || c == '\'' || c == '`'; }
int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
// Exactly `digits` hexadecimal digits at `at`; -1: something else stands there.
long hex_number(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() - std::min(at, text.size()) < digits) return -1;
  long value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Surrogate pairs written as two escapes become one code point.
class CodeWriter {
 public:
  explicit CodeWriter(std::string& out) : out_(out) {}
  void unit(std::uint32_t code) {
    if (code >= 0xD800 && code < 0xDC00) {
      flush();
      high_ = code;
    } else if (code >= 0xDC00 && code < 0xE000) {
      append_utf8(out_, high_ == 0 ? kReplacement : 0x10000 + ((high_ - 0xD800) << 10) + (code - 0xDC00));
      high_ = 0;
    } else {
      flush();
      append_utf8(out_, code);
    }
  }
  void flush() {
    if (high_ != 0) append_utf8(out_, kReplacement);
    high_ = 0;
  }

 private:
  std::string& out_;
  std::uint32_t high_ = 0;
};

// Text that somebody can read, or a program that a browser would run.
bool plausible(std::string_view text) {
  std::size_t odd = 0, total = 0;
  for (std::size_t at = 0; at < text.size(); ++total) {
    const std::uint32_t code = next_utf8(text, at);
    if (code == kReplacement || (code < 0x20 && !white(static_cast<char>(code))) ||
        (code >= 0x7F && code < 0xA0))
      ++odd;
  }
  return total > 0 && odd * 20 <= total;
}

struct Escape {
  std::size_t length = 0;  // 0: none here
  std::uint32_t code = 0;
  bool unicode = false;
};

Escape escape_at(std::string_view text, std::size_t at) {
  if (text[at] != '\\' || at + 1 >= text.size()) return {};
  if (text[at + 1] == 'x') {
    if (const long code = hex_number(text, at + 2, 2); code >= 0)
      return {4, static_cast<std::uint32_t>(code), false};
  } else if (text[at + 1] == 'u') {
    if (const long code = hex_number(text, at + 2, 4); code >= 0)
      return {6, static_cast<std::uint32_t>(code), true};
    if (at + 2 < text.size() && text[at + 2] == '{') {
      std::uint32_t code = 0;
      std::size_t end = at + 3;
      while (end < text.size() && end < at + 9 && hex(text[end]) >= 0)
        code = code * 16 + static_cast<std::uint32_t>(hex(text[end++]));
      if (end > at + 3 && end < text.size() && text[end] == '}') return {end + 1 - at, code, true};
    }
  }
  return {};
}

Escape percent_at(std::string_view text, std::size_t at) {
  if (text[at] != '%') return {};
  if (const long byte = hex_number(text, at + 1, 2); byte >= 0)
    return {3, static_cast<std::uint32_t>(byte), false};
  if (at + 1 < text.size() && (text[at + 1] == 'u' || text[at + 1] == 'U')) {
    if (const long code = hex_number(text, at + 2, 4); code >= 0)
      return {6, static_cast<std::uint32_t>(code), true};
  }
  return {};
}

Escape reference_at(std::string_view text, std::size_t at) {
  if (text[at] != '&' || at + 2 >= text.size()) return {};
  if (text[at + 1] != '#') {
    for (const auto& [name, code] : {std::pair<std::string_view, char>{"&lt;", '<'},
                                     {"&gt;", '>'},
                                     {"&quot;", '"'},
                                     {"&amp;", '&'},
                                     {"&apos;", '\''}}) {
      if (text.substr(at, name.size()) == name) return {name.size(), static_cast<std::uint32_t>(code), false};
    }
    return {};
  }
  const bool sixteen = text[at + 2] == 'x' || text[at + 2] == 'X';
  std::size_t end = at + (sixteen ? 3 : 2);
  const std::size_t first = end;
  std::uint32_t code = 0;
  while (end < text.size() && end < first + 8 && hex(text[end]) >= 0 && (sixteen || hex(text[end]) < 10)) {
    code = code * (sixteen ? 16 : 10) + static_cast<std::uint32_t>(hex(text[end++]));
  }
  if (end == first) return {};
  if (end < text.size() && text[end] == ';') ++end;
  return {end - at, code, true};
}

class Search {
 public:
  Search(DecodeResult& result, const DecodeLimits& limits) : result_(result), limits_(limits) {}

  // One layer: everything encoded that is found in `text`.
  void scan(std::string_view text, int layer, const Decoded* parent) {
    text_ = text;
    layer_ = layer;
    parent_ = parent;
    tokens();
    stretches(Encoding::kHexEscape, kEscapesMin, "\\", escape_at);
    stretches(Encoding::kPercent, kPercentMin, "%", percent_at);
    stretches(Encoding::kHtmlReferences, kReferencesMin, "&", reference_at);
    code_lists();
    literals();
    data_urls();
  }

 private:
  bool full() const { return result_.cut; }

  void add(Encoding encoding, std::size_t at, std::size_t length, std::string decoded) {
    if (decoded.size() < limits_.min_length || !plausible(decoded)) return;
    if (!is_valid_utf8(decoded)) decoded = repair_utf8(decoded);
    if (result_.decoded.size() >= limits_.results || bytes_ + decoded.size() > limits_.output_bytes) {
      result_.cut = true;
      return;
    }
    bytes_ += decoded.size();
    Decoded one;
    one.encoding = encoding;
    one.layer = layer_;
    one.offset = parent_ != nullptr ? parent_->offset : static_cast<std::uint32_t>(at);
    one.length = parent_ != nullptr ? parent_->length : static_cast<std::uint32_t>(length);
    one.text = std::move(decoded);
    result_.decoded.push_back(std::move(one));
  }

  bool before(std::size_t at, std::string_view word) const {
    return at >= word.size() && text_.substr(at - word.size(), word.size()) == word;
  }

  // Unbroken runs of the base64 alphabet: base64 itself, and strings of hexadecimal digits.
  void tokens() {
    std::size_t at = 0;
    while (at < text_.size() && !full()) {
      if (base64_value(text_[at]) < 0) {
        ++at;
        continue;
      }
      const std::size_t from = at;
      bool digits_only = true, upper = false, lower = false, figure = false;
      while (at < text_.size() && base64_value(text_[at]) >= 0) {
        const char c = text_[at++];
        digits_only = digits_only && hex(c) >= 0;
        upper = upper || (c >= 'A' && c <= 'Z');
        lower = lower || (c >= 'a' && c <= 'z');
        figure = figure || (c >= '0' && c <= '9');
      }
      const std::size_t size = at - from;
      while (at < text_.size() && text_[at] == '=' && at - from - size < 2) ++at;
      const bool called =
          from > 0 && quote(text_[from - 1]) && (before(from - 1, "atob(") || before(from - 1, "decode("));
      const std::string_view run = text_.substr(from, size);
      if (size > kRegionBytesMax) {
        result_.cut = true;
        return;
      }
      if (digits_only && size >= kHexStringMin && size % 2 == 0) {
        std::string bytes;
        for (std::size_t i = 0; i < size; i += 2)
          bytes += static_cast<char>(hex(run[i]) * 16 + hex(run[i + 1]));
        add(Encoding::kHexString, from, at - from, std::move(bytes));
      } else if (size % 4 != 1 && (called ? size >= kBase64CallMin : size >= kBase64Min && upper && lower)) {
        add(Encoding::kBase64, from, at - from, base64_decode(run));
      }
    }
  }

  // Stretches with escapes in them, up to a quote or the end of the line.
  void stretches(Encoding encoding, std::size_t least, std::string_view sign,
                 Escape (*read)(std::string_view, std::size_t)) {
    std::size_t at = 0;
    while (!full() && (at = text_.find(sign[0], at)) != std::string_view::npos) {
      if (read(text_, at).length == 0) {
        ++at;
        continue;
      }
      const std::size_t from = at;
      std::string out;
      CodeWriter writer(out);
      std::size_t count = 0, unicode = 0;
      while (at < text_.size() && at - from < kRegionBytesMax) {
        const Escape escape = text_[at] == sign[0] ? read(text_, at) : Escape{};
        if (escape.length == 0) {
          if (quote(text_[at]) || text_[at] == '\n') break;
          writer.flush();
          out += text_[at++];
          continue;
        }
        if (encoding == Encoding::kPercent && !escape.unicode) {
          writer.flush();
          out += static_cast<char>(escape.code);  // a byte of UTF-8
        } else if (encoding == Encoding::kHtmlReferences) {
          char buffer[4];
          out += numeric_reference(escape.code, buffer);
        } else {
          writer.unit(escape.code);
        }
        ++count;
        unicode += escape.unicode ? 1 : 0;
        at += escape.length;
      }
      writer.flush();
      if (count < least) continue;
      add(encoding == Encoding::kHexEscape && unicode * 2 > count ? Encoding::kUnicodeEscape : encoding, from,
          at - from, std::move(out));
    }
  }

  // fromCharCode(104, 0x61, …) and [104, 97, …].
  void code_lists() {
    std::size_t at = 0;
    while (!full()) {
      while (at < text_.size() && text_[at] != '(' && text_[at] != '[') ++at;
      if (at == text_.size()) return;
      const std::size_t from = at++;
      // Most brackets hold something else.
      if (at < text_.size() && !white(text_[at]) && text_[at] != ',' && (text_[at] < '0' || text_[at] > '9'))
        continue;
      std::string out;
      CodeWriter writer(out);
      std::size_t count = 0;
      while (at < text_.size() && at - from < kRegionBytesMax) {
        while (at < text_.size() && (white(text_[at]) || text_[at] == ',')) ++at;
        if (at >= text_.size() || text_[at] < '0' || text_[at] > '9') break;
        const bool sixteen = text_[at] == '0' && at + 1 < text_.size() && text_[at + 1] == 'x';
        if (sixteen) at += 2;
        std::uint32_t code = 0;
        while (at < text_.size() && hex(text_[at]) >= 0 && (sixteen || hex(text_[at]) < 10)) {
          if (code < 0x110000) code = code * (sixteen ? 16 : 10) + static_cast<std::uint32_t>(hex(text_[at]));
          ++at;
        }
        writer.unit(code);
        ++count;
      }
      writer.flush();
      if (count >= kCodesMin) add(Encoding::kCharCodes, from, at - from, std::move(out));
    }
  }

  // "ha" + "cked", and what .reverse() turns round. A literal that does not end on its line is none.
  void literals() {
    std::size_t at = 0;
    std::string joined;
    std::size_t from = 0, pieces = 0, end = 0;
    const auto finish = [&] {
      if (pieces > 0) {
        const std::string_view after = text_.substr(end, kReverseLook);
        if (pieces > 1) add(Encoding::kConcatenated, from, end - from, joined);
        if (after.find("reverse(") != std::string_view::npos) {
          std::string turned;
          for (std::size_t i = joined.size(); i > 0;) {
            std::size_t begin = i - 1;
            while (begin > 0 && (static_cast<unsigned char>(joined[begin]) & 0xC0) == 0x80) --begin;
            turned.append(joined, begin, i - begin);
            i = begin;
          }
          add(Encoding::kReversed, from, end - from, std::move(turned));
        }
      }
      joined.clear();
      pieces = 0;
    };
    while (at < text_.size() && !full()) {
      if (!quote(text_[at])) {
        // Between two literals stands only a plus, or they do not belong together.
        if (pieces > 0 && !white(text_[at]) && text_[at] != '+') finish();
        ++at;
        if (pieces == 0) {
          while (at < text_.size() && !quote(text_[at])) ++at;
        }
        continue;
      }
      const char mark = text_[at];
      const std::size_t open = at++;
      const std::size_t kept = joined.size();
      if (pieces > 0 && text_.substr(end, open - end).find('+') == std::string_view::npos) finish();
      const std::size_t start = pieces > 0 ? kept : 0;
      while (at < text_.size() && text_[at] != mark && text_[at] != '\n') {
        if (text_[at] == '\\' && at + 1 < text_.size()) {
          const Escape escape = escape_at(text_, at);
          if (escape.length > 0) {
            append_utf8(joined, escape.code);
            at += escape.length;
            continue;
          }
          ++at;
        }
        joined += text_[at++];
      }
      if (at >= text_.size() || text_[at] != mark || joined.size() > kRegionBytesMax) {
        joined.resize(start);
        finish();
        continue;
      }
      ++at;
      if (pieces == 0) from = open;
      ++pieces;
      end = at;
    }
    finish();
  }

  void data_urls() {
    constexpr std::string_view kScheme = "data:";
    std::size_t at = 0;
    while (!full() && (at = text_.find(kScheme, at)) != std::string_view::npos) {
      const std::size_t from = at;
      at += kScheme.size();
      const std::size_t comma = text_.substr(at, 100).find(',');
      if (comma == std::string_view::npos) continue;
      const std::string_view type = text_.substr(at, comma);
      if (type.find_first_of("\"'<> \n") != std::string_view::npos) continue;
      const bool media = (type.starts_with("image/") && !type.starts_with("image/svg")) ||
                         type.starts_with("font/") || type.starts_with("audio/") ||
                         type.starts_with("video/") || type.starts_with("application/font");
      at += comma + 1;
      const std::size_t begin = at;
      // Inside quotes a URL ends at the quote that opened it; otherwise at white space.
      const char mark = from > 0 && quote(text_[from - 1]) ? text_[from - 1] : '\0';
      while (at < text_.size() && at - begin < kRegionBytesMax &&
             (mark != 0 ? text_[at] != mark : !white(text_[at]) && !quote(text_[at]) && text_[at] != ')')) {
        ++at;
      }
      if (media) continue;
      const std::string_view body = text_.substr(begin, at - begin);
      if (type.ends_with(";base64")) {
        add(Encoding::kDataUrl, from, at - from, base64_decode(body));
        continue;
      }
      std::string out;
      for (std::size_t i = 0; i < body.size();) {
        const Escape escape = percent_at(body, i);
        if (escape.length == 3) {
          out += static_cast<char>(escape.code);
          i += 3;
        } else {
          out += body[i++];
        }
      }
      add(Encoding::kDataUrl, from, at - from, std::move(out));
    }
  }

  DecodeResult& result_;
  const DecodeLimits& limits_;
  std::string_view text_;
  int layer_ = 1;
  const Decoded* parent_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string_view to_string(Encoding encoding) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "base64",          "hex_escape", "unicode_escape", "char_codes", "percent",
      "html_references", "hex_string", "concatenated",   "reversed",   "data_url"};
  return kNames[static_cast<std::size_t>(encoding)];
}

DecodeResult decode_strings(std::string_view source, const DecodeLimits& limits) {
  DecodeResult result;
  if (source.size() > limits.source_bytes) {
    source = source.substr(0, limits.source_bytes);
    result.cut = true;
  }
  const bool source_cut = result.cut;
  result.cut = false;
  Search search(result, limits);
  search.scan(source, 1, nullptr);
  std::size_t done = 0;
  for (int layer = 2; layer <= limits.layers && !result.cut; ++layer) {
    const std::size_t end = result.decoded.size();
    for (; done < end && !result.cut; ++done) {
      // A copy: the list grows while it is searched, and so would move the text.
      const Decoded parent = result.decoded[done];
      search.scan(parent.text, layer, &parent);
    }
    if (result.decoded.size() == end) break;
  }
  result.cut = result.cut || source_cut;
  return result;
}

}  // namespace vedette
