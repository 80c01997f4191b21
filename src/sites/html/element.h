// What HTML says about an element by its name alone: does it have content, does it begin a block of text?
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace vedette::sites {

// A name of at most eight bytes as a number, so that names can be told apart by a switch. Longer names give
// 0.
constexpr std::uint64_t packed(std::string_view name) {
  const std::size_t size = name.size();
  if (size > 8) return 0;
  if (!std::is_constant_evaluated() && std::endian::native == std::endian::little && size >= 2) {
    // Two loads that overlap: what both read is the same bytes at the same place.
    if (size >= 4) {
      std::uint32_t low = 0, high = 0;
      std::memcpy(&low, name.data(), 4);
      std::memcpy(&high, name.data() + size - 4, 4);
      return low | static_cast<std::uint64_t>(high) << (8 * (size - 4));
    }
    std::uint16_t low = 0, high = 0;
    std::memcpy(&low, name.data(), 2);
    std::memcpy(&high, name.data() + size - 2, 2);
    return low | static_cast<std::uint64_t>(high) << (8 * (size - 2));
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
  }
  return value;
}

enum ElementTraits : std::uint8_t {
  kInline = 0,
  kBlock = 1,      // begins and ends a text block
  kVoid = 2,       // has no content
  kBreaksOut = 4,  // ends SVG or MathML content
  kEndsParagraph = 8,
  kRawContent = 16,  // its text is no text of the page
};

std::uint8_t traits_of(std::string_view name);

}  // namespace vedette::sites
