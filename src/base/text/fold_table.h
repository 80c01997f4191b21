// What folding does to one code point: NFKC, case folding, diacritics, and what Latin letter it looks like.
// Built once from ICU's data; immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace vedette {

struct FoldedCode {
  static constexpr std::uint16_t kSeveral = 0xFFFF;  // more than one code point, or above U+FFFE: ask map()
  std::uint16_t to = 0;                              // 0: removed
  char look = 0;           // the Latin letter it can be taken for, lower case; 0: none
  bool word = false;       // letter, digit or mark
  bool ignorable = false;  // invisible: zero-width, bidirectional control, variation selector
  bool disguise = false;   // a styled form of a Latin letter that plain text has no use for
};

class FoldTable {
 public:
  static constexpr std::uint32_t kDirect = 0x3000;
  static const FoldTable& get();

  FoldedCode of(std::uint32_t code) const {
    if (code < kDirect) return direct_[code];
    if ((code >= 0x4E00 && code <= 0x9FFF) ||
        (code >= 0xAC00 && code <= 0xD7A3)) {  // ideographs and Hangul stay
      return {static_cast<std::uint16_t>(code), 0, true, false, false};
    }
    return compute(code);
  }
  // The code points behind kSeveral, at most eight; returns how many.
  static int map(std::uint32_t code, std::uint32_t (&out)[8]);

 private:
  FoldTable();
  static FoldedCode compute(std::uint32_t code);
  std::vector<FoldedCode> direct_;
};

}  // namespace vedette
