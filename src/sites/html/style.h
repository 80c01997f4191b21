// Inline CSS, as far as it tells whether a visitor can see an element. Linear in the length of the style.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "sites/html/page.h"

namespace vedette::sites {

struct InlineStyle {
  std::uint16_t hidden = kVisible;
  std::optional<std::uint32_t> colour, background;  // 0xRRGGBB
  bool thin = false;                                // width or height at most 1px
  bool overflow_hidden = false;
};

InlineStyle read_style(std::string_view declarations);
std::optional<std::uint32_t> read_colour(std::string_view text);
// A length in CSS pixels; em and the like are taken as 16px, per cent and viewport units as a tenth of 100.
std::optional<double> read_length(std::string_view text);

// The classes and ids that the rules of a style block hide outside of @media and the like; keys are ".name",
// "#name".
class HiddenNames {
 public:
  static constexpr std::size_t kMax = 4096;
  void read(std::string_view css);  // the views stay in use
  bool empty() const { return names_.empty(); }
  bool hides(char kind, std::string_view name) const;

 private:
  void add(std::string_view selectors, std::string_view declarations);
  // Most names hide nothing; one look tells so without hashing them.
  static std::size_t mark(std::string_view key) {
    return (key.size() * 37 + static_cast<unsigned char>(key[1]) * 5 +
            static_cast<unsigned char>(key.back())) %
           512;
  }

  std::unordered_set<std::string_view> names_;
  std::bitset<512> marks_;
};

}  // namespace vedette::sites
