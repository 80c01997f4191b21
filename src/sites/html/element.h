// What HTML says about an element by its name alone: does it have content, does it begin a block of text?
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette::sites {

// A name of at most eight bytes as a number, so that names can be told apart by a switch. Longer names give
// 0.
constexpr std::uint64_t packed(std::string_view name) {
  if (name.size() > 8) return 0;
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
