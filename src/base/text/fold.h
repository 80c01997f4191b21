// Folding: one canonical form of a text for matching, whatever its author did to hide it from a word list.
//
// In this order: wrongly encoded UTF-8 repaired ("Ä‘á»" → "độ"), NFKC, zero-width and bidirectional controls
// removed, homoglyphs mapped to Latin (only in words that mix scripts, so that Russian or Greek text stays
// what it is), case folded, diacritics stripped (đ → d), leet undone in words ("h4ck3d" → "hacked"; pure
// numbers stay), white space collapsed. Words of the lexicon are folded by the same function, so both sides
// agree.
//
// Input is any bytes: malformed UTF-8 becomes U+FFFD. Time is linear, output bounded. Pure; any thread.
// Sources: UAX #15 (NFKC), UTS #39 (confusables; the table here is the Latin part that attackers use).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

struct FoldOptions {
  std::size_t bytes_max = 1u << 20;  // of the input; the rest is cut
  bool leet = true;
  bool join_spaced = true;
};

struct Folded {
  std::string text;
  // The same text with spelt-out words joined: "h a c k e d", "H.a.c.k.e.d" → "hacked". Empty: there are
  // none.
  std::string joined;
  // The same text with the other reading of leet 1 ("5urpr1se" / "a1ert": i in text, l here). Empty: there is
  // none.
  std::string alternative;
  // How often each disguise was undone. Any of them is a sign by itself when it is new on a page.
  std::uint32_t homoglyphs = 0, zero_width = 0, leet = 0, spaced = 0, repaired = 0;
  bool cut = false;
};

Folded fold(std::string_view text, const FoldOptions& options = {});
// The same into `out`, whose memory is used again.
void fold_into(std::string_view text, Folded& out, const FoldOptions& options = {});
// Folded::text alone.
std::string fold_text(std::string_view text);

}  // namespace vedette
