#include "base/text/named_references.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/assert.h"
#include "base/text/utf8.h"

namespace vedette {
namespace {

constexpr char kPacked[] =
#include "base/text/named_references.inc"
    ;

struct Tables {
  std::string bytes;
  std::array<NamedReference, NamedReferences::kCount> rows;
};

std::unique_ptr<const Tables> unpack() {
  auto tables = std::make_unique<Tables>();
  tables->bytes.reserve(64 * 1024);  // no reallocation below: the rows are views into it
  const std::size_t reserved = tables->bytes.capacity();
  std::size_t count = 0;
  const auto keep = [&](std::string_view text) {
    const std::size_t at = tables->bytes.size();
    tables->bytes += text;
    return std::string_view(tables->bytes).substr(at);
  };
  std::string_view rest(kPacked);
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(' '));
    rest.remove_prefix(item.size() + 1);
    const std::size_t equals = item.find('=');
    std::string_view name = item.substr(0, equals);
    const bool bare = name.ends_with('!');
    if (bare) name.remove_suffix(1);
    std::string text;
    std::uint32_t code = 0;
    for (const char c : std::string(item.substr(equals + 1)) + "+") {
      if (c == '+') {
        append_utf8(text, code);
        code = 0;
      } else {
        code = code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10);
      }
    }
    const std::string_view kept_text = keep(text);
    VEDETTE_ASSERT(count + 1 + (bare ? 1 : 0) <= NamedReferences::kCount);
    if (bare) tables->rows[count++] = {keep(name), kept_text};
    tables->rows[count++] = {keep(std::string(name) + ';'), kept_text};
  }
  VEDETTE_ASSERT(count == NamedReferences::kCount && tables->bytes.capacity() == reserved);
  std::ranges::sort(tables->rows, {}, &NamedReference::name);
  return tables;
}

// Windows-1252 meanings of 0x80 to 0x9F; 0: the code itself.
constexpr std::array<std::uint16_t, 32> kC1 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

}  // namespace

NamedReferences::NamedReferences() {
  static const std::unique_ptr<const Tables> tables = unpack();
  table_ = tables->rows.data();
}

const NamedReferences& NamedReferences::get() {
  static const NamedReferences references;
  return references;
}

void NamedReferences::narrow(std::size_t& low, std::size_t& high, std::size_t depth, char byte) const {
  const auto at = [depth](const NamedReference& row) {
    return row.name.size() > depth ? static_cast<unsigned char>(row.name[depth]) : -1;
  };
  const int wanted = static_cast<unsigned char>(byte);
  const auto [first, last] = std::ranges::equal_range(table_ + low, table_ + high, wanted, {}, at);
  low = static_cast<std::size_t>(first - table_);
  high = static_cast<std::size_t>(last - table_);
}

std::string_view numeric_reference(std::uint32_t code, char (&buffer)[4]) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    code = 0xFFFD;
  } else if (code >= 0x80 && code < 0xA0 && kC1[code - 0x80] != 0) {
    code = kC1[code - 0x80];
  }
  return {buffer, encode_utf8(code, buffer)};
}

}  // namespace vedette
