// Values of Windows' binary XML as text, as the rules know them: GUIDs without braces in upper case,
// hexadecimal numbers as 0x1f, times as RFC 3339, SIDs as S-1-5-18. Source: libyal's "Windows XML Event Log
// (EVTX)". Malformed values give what could be read. Linear; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "logs/read/field_list.h"

namespace vedette::logs {

// Little-endian reading within bounds: beyond them everything is zero and good() says so.
class Bytes {
 public:
  Bytes(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}
  bool good() const { return good_; }
  std::size_t at() const { return at_; }
  void seek(std::size_t at) { at_ = at; }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view take(std::size_t size) {
    if (at_ > bytes_.size() || size > bytes_.size() - at_) {
      good_ = false;
      return {};
    }
    const std::string_view piece = bytes_.substr(at_, size);
    at_ += size;
    return piece;
  }

 private:
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view piece = take(size);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(piece[i])) << (8 * i);
    }
    return value;
  }

  std::string_view bytes_;
  std::size_t at_;
  bool good_ = true;
};

// UTF-16LE up to the first NUL as UTF-8, kept in `fields`; lone surrogates become U+FFFD.
std::string_view utf16_text(std::string_view bytes, FieldList& fields);

struct BinXmlValue {
  static constexpr std::uint8_t kNull = 0x00, kString = 0x01, kBinXml = 0x21, kArray = 0x80;
  std::uint8_t type = kNull;
  std::string_view bytes;
};
// Text of one value, kept in `fields`. `kind` says what it is. Not for kBinXml and arrays.
std::string_view value_text(const BinXmlValue& value, FieldList& fields, ValueKind& kind);
// The elements of an array, one after the other; false: there is no further one.
bool next_of_array(BinXmlValue& array, BinXmlValue& element);

WallTime filetime(std::uint64_t ticks);  // 100 ns since 1601

}  // namespace vedette::logs
