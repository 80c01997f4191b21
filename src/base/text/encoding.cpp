#include "base/text/encoding.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text/utf8.h"

namespace vedette {
namespace {

struct Known {
  std::string_view name;    // of the standard
  const char* icu;          // of ICU's converter
  std::string_view labels;  // separated by spaces
};

constexpr std::array kKnown = {
    Known{"UTF-8", "UTF-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
    Known{"windows-1252", "windows-1252",
          "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 l1 ascii us-ascii "
          "ansi_x3.4-1968 "
          "cp819 x-user-defined"},
    Known{"windows-1258", "windows-1258", "windows-1258 cp1258 x-cp1258"},
    Known{"windows-1250", "windows-1250", "windows-1250 cp1250 x-cp1250"},
    Known{"windows-1251", "windows-1251", "windows-1251 cp1251 x-cp1251"},
    Known{"windows-1253", "windows-1253", "windows-1253 cp1253 x-cp1253"},
    Known{"windows-1254", "windows-1254",
          "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5"},
    Known{"windows-1255", "windows-1255", "windows-1255 cp1255 x-cp1255"},
    Known{"windows-1256", "windows-1256", "windows-1256 cp1256 x-cp1256"},
    Known{"windows-1257", "windows-1257", "windows-1257 cp1257 x-cp1257"},
    Known{"windows-874", "windows-874", "windows-874 tis-620 iso-8859-11 iso8859-11 dos-874"},
    Known{"ISO-8859-2", "ISO-8859-2", "iso-8859-2 iso8859-2 iso_8859-2 latin2 l2"},
    Known{"ISO-8859-5", "ISO-8859-5", "iso-8859-5 iso8859-5 cyrillic"},
    Known{"ISO-8859-6", "ISO-8859-6", "iso-8859-6 iso8859-6 arabic"},
    Known{"ISO-8859-7", "ISO-8859-7", "iso-8859-7 iso8859-7 greek"},
    Known{"ISO-8859-8", "ISO-8859-8", "iso-8859-8 iso8859-8 iso-8859-8-i hebrew"},
    Known{"ISO-8859-15", "ISO-8859-15", "iso-8859-15 iso8859-15 latin9 l9"},
    Known{"KOI8-R", "KOI8-R", "koi8-r koi8 koi koi8_r"},
    Known{"KOI8-U", "KOI8-U", "koi8-u koi8-ru"},
    Known{"GBK", "GBK", "gbk gb2312 gb_2312 gb_2312-80 chinese x-gbk iso-ir-58"},
    Known{"gb18030", "gb18030", "gb18030"},
    Known{"Big5", "Big5-HKSCS", "big5 big5-hkscs cn-big5 x-x-big5"},
    Known{"EUC-JP", "EUC-JP", "euc-jp x-euc-jp"},
    Known{"ISO-2022-JP", "ISO-2022-JP", "iso-2022-jp csiso2022jp"},
    Known{"Shift_JIS", "windows-31j", "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j ms932"},
    Known{"EUC-KR", "windows-949", "euc-kr ks_c_5601-1987 ksc5601 windows-949 korean"},
    Known{"UTF-16BE", "UTF-16BE", "utf-16be unicodefffe"},
    Known{"UTF-16LE", "UTF-16LE", "utf-16le utf-16 ucs-2 iso-10646-ucs-2 unicode unicodefeff"},
};

constexpr std::size_t kPrescanBytes = 1024;
constexpr std::size_t kLabelBytesMax = 40;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

const Known* known(std::string_view label) {
  while (!label.empty() && is_white(label.front())) label.remove_prefix(1);
  while (!label.empty() && is_white(label.back())) label.remove_suffix(1);
  if (label.empty() || label.size() > kLabelBytesMax) return nullptr;
  std::string small(label);
  std::ranges::transform(small, small.begin(), lower);
  for (const Known& row : kKnown) {
    for (std::string_view rest = row.labels; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(' '));
      if (one == small) return &row;
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
  }
  return nullptr;
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  const auto at =
      std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
                  word.begin(), word.end(), [](char a, char b) { return lower(a) == b; });
  return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

// The value after "charset" "=" as in a header or in <meta>.
std::string_view charset_value(std::string_view text, std::size_t from) {
  constexpr std::string_view kWord = "charset";
  for (std::size_t at = from; (at = find_word(text, kWord, at)) != std::string_view::npos;) {
    at += kWord.size();
    while (at < text.size() && is_white(text[at])) ++at;
    if (at >= text.size() || text[at] != '=') continue;
    ++at;
    while (at < text.size() && is_white(text[at])) ++at;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_white(text[end]) &&
           std::string_view("\"';>/").find(text[end]) == std::string_view::npos) {
      ++end;
    }
    return text.substr(at, end - at);
  }
  return {};
}

// A declaration in <meta>, outside comments. UTF-16 there is a lie: the bytes were readable as ASCII.
const Known* declared_in_meta(std::string_view html) {
  html = html.substr(0, kPrescanBytes);
  for (std::size_t at = 0; (at = html.find('<', at)) != std::string_view::npos;) {
    if (html.substr(at).starts_with("<!--")) {
      at = html.find("-->", at);
      if (at == std::string_view::npos) break;
      continue;
    }
    ++at;
    if (find_word(html.substr(at, 4), "meta", 0) != 0) continue;
    const std::string_view tag = html.substr(at, html.find('>', at) - at);
    if (const Known* row = known(charset_value(tag, 0)); row != nullptr) {
      return row->name.starts_with("UTF-16") ? kKnown.data() : row;
    }
  }
  return nullptr;
}

bool is_ascii(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Closer {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Closer>;

Converter open(const char* name) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &status));
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

// False: ICU has no such converter here.
bool convert(std::string_view bytes, const char* name, std::string& out, std::uint32_t& replaced) {
  const Converter from = open(name), to = open("UTF-8");
  if (from == nullptr || to == nullptr) return false;
  out.clear();
  out.reserve(bytes.size() * 2);
  std::array<char, 16 * 1024> buffer;
  std::array<UChar, 8 * 1024> pivot;
  UChar *pivot_from = pivot.data(), *pivot_to = pivot.data();
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  bool reset = true;
  for (;;) {
    char* target = buffer.data();
    UErrorCode status = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), from.get(), &target, buffer.data() + buffer.size(), &source, end, pivot.data(),
                   &pivot_from, &pivot_to, pivot.data() + pivot.size(), reset, true, &status);
    reset = false;
    out.append(buffer.data(), static_cast<std::size_t>(target - buffer.data()));
    if (status != U_BUFFER_OVERFLOW_ERROR) break;
  }
  for (std::size_t at = 0; (at = out.find("\xEF\xBF\xBD", at)) != std::string::npos; at += 3) ++replaced;
  return true;
}

}  // namespace

std::string_view encoding_of_label(std::string_view label) {
  const Known* row = known(label);
  return row == nullptr ? std::string_view() : row->name;
}

std::string_view charset_of(std::string_view content_type) {
  const std::size_t semicolon = content_type.find(';');
  return semicolon == std::string_view::npos ? std::string_view() : charset_value(content_type, semicolon);
}

Utf8Text decode_page(std::string_view bytes, std::string_view content_type, std::string& storage) {
  const Known* const utf8 = kKnown.data();
  const Known* row = nullptr;
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    row = utf8;
    bytes.remove_prefix(3);
  } else if (bytes.starts_with("\xFE\xFF")) {
    row = known("utf-16be");
    bytes.remove_prefix(2);
  } else if (bytes.starts_with("\xFF\xFE")) {
    row = known("utf-16le");
    bytes.remove_prefix(2);
  }
  if (row == nullptr) row = known(charset_of(content_type));
  if (row == nullptr) row = declared_in_meta(bytes);
  bool valid = false;
  if (row == nullptr) {
    valid = is_valid_utf8(bytes);
    row = valid ? utf8 : known("windows-1252");
  }

  Utf8Text result{bytes, row->name, 0};
  const bool extends_ascii = !row->name.starts_with("UTF-16") && row->name != "ISO-2022-JP";
  if (row == utf8 ? valid || is_valid_utf8(bytes) : extends_ascii && is_ascii(bytes)) return result;
  if (row == utf8 || !convert(bytes, row->icu, storage, result.replaced)) {
    storage = repair_utf8(bytes, &result.replaced);
  }
  result.text = storage;
  return result;
}

}  // namespace vedette
