#include "logs/read/binxml_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>

#include "base/text/utf8.h"

namespace vedette::logs {
namespace {

constexpr std::uint64_t kTicksTo1970 = 116'444'736'000'000'000;
constexpr std::size_t kBinaryBytesMax = 16 * 1024;  // shown as hexadecimal

std::size_t element_size(std::uint8_t type) {
  switch (type) {
    case 0x03:
    case 0x04:
      return 1;
    case 0x05:
    case 0x06:
      return 2;
    case 0x07:
    case 0x08:
    case 0x0B:
    case 0x0D:
    case 0x14:
      return 4;
    case 0x09:
    case 0x0A:
    case 0x0C:
    case 0x11:
    case 0x15:
      return 8;
    case 0x0F:
    case 0x12:
      return 16;
    default:
      return 0;
  }
}

std::string guid(Bytes bytes) {
  const std::uint32_t a = bytes.u32();
  const std::uint16_t b = bytes.u16(), c = bytes.u16();
  std::string text = fmt::format("{:08X}-{:04X}-{:04X}-", a, b, c);
  for (int i = 0; i < 8; ++i) {
    text += fmt::format("{:02X}", bytes.u8());
    if (i == 1) text += '-';
  }
  return text;
}

std::string sid(std::string_view bytes) {
  Bytes reader(bytes, 0);
  const std::uint8_t revision = reader.u8();
  const std::uint8_t count = reader.u8();
  std::uint64_t authority = 0;
  for (int i = 0; i < 6; ++i) authority = authority << 8 | reader.u8();
  std::string text = fmt::format("S-{}-{}", revision, authority);
  for (int i = 0; i < count && reader.good(); ++i) {
    const std::uint32_t part = reader.u32();
    if (reader.good()) text += fmt::format("-{}", part);
  }
  return text;
}

std::string system_time(Bytes bytes) {
  std::uint16_t part[8];
  for (std::uint16_t& p : part) p = bytes.u16();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", part[0], part[1], part[3], part[4],
                     part[5], part[6], part[7]);
}

std::string file_time(std::uint64_t ticks) {
  std::string text = to_rfc3339(filetime(ticks));
  // Microseconds: programs write them, and rules compare the text.
  text.pop_back();
  return text + fmt::format("{:03}Z", ticks / 10 % 1000);
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kBinaryBytesMax))
    text += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

WallTime filetime(std::uint64_t ticks) {
  if (ticks < kTicksTo1970) return from_unix_ms(0);
  // At most the year 9999.
  return from_unix_ms(static_cast<std::int64_t>(
      std::min<std::uint64_t>((ticks - kTicksTo1970) / 10'000, 253'402'300'799'999)));
}

std::string_view utf16_text(std::string_view bytes, FieldList& fields) {
  const std::size_t units = bytes.size() / 2;
  char* const out = fields.room(units * 3);
  if (out == nullptr) return {};
  const auto unit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[2 * i]) |
                                      static_cast<unsigned char>(bytes[2 * i + 1]) << 8);
  };
  std::size_t size = 0;
  for (std::size_t i = 0; i < units; ++i) {
    std::uint32_t code = unit(i);
    if (code == 0) break;
    if (code < 0x80) {
      out[size++] = static_cast<char>(code);
      continue;
    }
    if (code >= 0xD800 && code < 0xE000) {
      const std::uint32_t low = code < 0xDC00 && i + 1 < units ? unit(i + 1) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        ++i;
      } else {
        code = kReplacement;
      }
    }
    size += encode_utf8(code, out + size);
  }
  return {out, size};
}

std::string_view value_text(const BinXmlValue& value, FieldList& fields, ValueKind& kind) {
  Bytes bytes(value.bytes, 0);
  const auto number = [&](auto n) {
    kind = ValueKind::kNumber;
    return fields.keep(fmt::to_string(n));
  };
  kind = ValueKind::kString;
  switch (value.type) {
    case BinXmlValue::kNull:
      kind = ValueKind::kNull;
      return {};
    case BinXmlValue::kString:
      return utf16_text(value.bytes, fields);
    case 0x02: {
      const std::string_view text = value.bytes.substr(0, value.bytes.find('\0'));
      return is_valid_utf8(text) ? text : fields.keep(repair_utf8(text));
    }
    case 0x03:
      return number(static_cast<std::int8_t>(bytes.u8()));
    case 0x04:
      return number(bytes.u8());
    case 0x05:
      return number(static_cast<std::int16_t>(bytes.u16()));
    case 0x06:
      return number(bytes.u16());
    case 0x07:
      return number(static_cast<std::int32_t>(bytes.u32()));
    case 0x08:
      return number(bytes.u32());
    case 0x09:
      return number(static_cast<std::int64_t>(bytes.u64()));
    case 0x0A:
      return number(bytes.u64());
    case 0x0B:
      return number(std::bit_cast<float>(bytes.u32()));
    case 0x0C:
      return number(std::bit_cast<double>(bytes.u64()));
    case 0x0D: {
      const bool set = (value.bytes.size() >= 4 ? bytes.u32() : bytes.u8()) != 0;
      kind = set ? ValueKind::kTrue : ValueKind::kFalse;
      return set ? "true" : "false";
    }
    case 0x0E:
      return fields.keep(hexadecimal(value.bytes));
    case 0x0F:
      return fields.keep(guid(bytes));
    case 0x10:
      return fields.keep(fmt::format("0x{:x}", value.bytes.size() >= 8 ? bytes.u64() : bytes.u32()));
    case 0x11:
      return fields.keep(file_time(bytes.u64()));
    case 0x12:
      return fields.keep(system_time(bytes));
    case 0x13:
      return fields.keep(sid(value.bytes));
    case 0x14:
      return fields.keep(fmt::format("0x{:x}", bytes.u32()));
    case 0x15:
      return fields.keep(fmt::format("0x{:x}", bytes.u64()));
    default:
      return fields.keep(hexadecimal(value.bytes));
  }
}

bool next_of_array(BinXmlValue& array, BinXmlValue& element) {
  element.type = static_cast<std::uint8_t>(array.type & ~BinXmlValue::kArray);
  if (array.bytes.empty()) return false;
  std::size_t size = element_size(element.type), skip = 0;
  if (element.type == BinXmlValue::kString) {
    while (size + 1 < array.bytes.size() && (array.bytes[size] != 0 || array.bytes[size + 1] != 0)) size += 2;
    skip = 2;
  }
  if (size == 0 && skip == 0) size = array.bytes.size();  // a type without a known size: as one
  size = std::min(size, array.bytes.size());
  element.bytes = array.bytes.substr(0, size);
  array.bytes.remove_prefix(std::min(size + skip, array.bytes.size()));
  return true;
}

}  // namespace vedette::logs
