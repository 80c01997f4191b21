#include "base/text/fold_table.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include <string_view>

#include "base/assert.h"

namespace vedette {
namespace {

const UNormalizer2* normalizer() {
  static const UNormalizer2* const instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* found = unorm2_getNFKCCasefoldInstance(&status);
    VEDETTE_ASSERT(U_SUCCESS(status));
    return found;
  }();
  return instance;
}

// Accents and vowel points that readers do without. Vowel signs of Indic scripts and Thai are letters: they
// stay.
bool is_accent(std::uint32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
         (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F) || (c >= 0x64B && c <= 0x65F) ||
         c == 0x670 || c == 0x640 || (c >= 0x591 && c <= 0x5C7);
}

// Composed forms in these scripts are letters of their own.
bool keeps_composition(std::uint32_t c) {
  return (c >= 0x3041 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x4E00 && c <= 0x9FFF);
}

struct Pair {
  std::uint32_t code;
  char letter;
};

// Letters with a stroke and the like, which have no decomposition.
constexpr Pair kStroked[] = {{0x111, 'd'}, {0xF0, 'd'},  {0xF8, 'o'},  {0x142, 'l'},
                             {0x127, 'h'}, {0x131, 'i'}, {0x167, 't'}, {0x180, 'b'},
                             {0x1E5, 'g'}, {0x268, 'i'}, {0x275, 'o'}, {0x249, 'j'}};

// Small capitals and phonetic letters: Latin in another dress.
constexpr Pair kDressed[] = {
    {0x1D00, 'a'}, {0x299, 'b'},  {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'}, {0xA730, 'f'}, {0x262, 'g'},
    {0x29C, 'h'},  {0x26A, 'i'},  {0x1D0A, 'j'}, {0x1D0B, 'k'}, {0x29F, 'l'},  {0x1D0D, 'm'}, {0x274, 'n'},
    {0x1D0F, 'o'}, {0x1D18, 'p'}, {0x280, 'r'},  {0xA731, 's'}, {0x1D1B, 't'}, {0x1D1C, 'u'}, {0x1D20, 'v'},
    {0x1D21, 'w'}, {0x28F, 'y'},  {0x1D22, 'z'}, {0x251, 'a'},  {0x261, 'g'},  {0x269, 'i'}};

// Cyrillic and Greek letters that look Latin (UTS #39), by their own case: Η looks like H, η like n.
constexpr Pair kLooks[] = {
    {0x430, 'a'}, {0x432, 'b'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43C, 'm'}, {0x43D, 'h'}, {0x43E, 'o'},
    {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x44C, 'b'}, {0x455, 's'},
    {0x456, 'i'}, {0x457, 'i'}, {0x458, 'j'}, {0x4BB, 'h'}, {0x4CF, 'l'}, {0x501, 'd'}, {0x51B, 'q'},
    {0x51D, 'w'}, {0x475, 'v'}, {0x433, 'r'}, {0x43F, 'n'}, {0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'},
    {0x41A, 'k'}, {0x41C, 'm'}, {0x41D, 'h'}, {0x41E, 'o'}, {0x420, 'p'}, {0x421, 'c'}, {0x422, 't'},
    {0x423, 'y'}, {0x425, 'x'}, {0x42C, 'b'}, {0x405, 's'}, {0x406, 'i'}, {0x408, 'j'}, {0x4C0, 'l'},
    {0x500, 'd'}, {0x51A, 'q'}, {0x51C, 'w'}, {0x474, 'v'}, {0x3B1, 'a'}, {0x3B5, 'e'}, {0x3B7, 'n'},
    {0x3B9, 'i'}, {0x3BA, 'k'}, {0x3BD, 'v'}, {0x3BF, 'o'}, {0x3C1, 'p'}, {0x3C4, 't'}, {0x3C5, 'u'},
    {0x3C7, 'x'}, {0x3B3, 'y'}, {0x3C9, 'w'}, {0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'},
    {0x397, 'h'}, {0x399, 'i'}, {0x39A, 'k'}, {0x39C, 'm'}, {0x39D, 'n'}, {0x39F, 'o'}, {0x3A1, 'p'},
    {0x3A4, 't'}, {0x3A5, 'y'}, {0x3A7, 'x'}};

template <std::size_t N>
char find(const Pair (&pairs)[N], std::uint32_t code) {
  for (const Pair& pair : pairs) {
    if (pair.code == code) return pair.letter;
  }
  return 0;
}

char boxed_letter(std::uint32_t c) {
  if (c >= 0x1F150 && c <= 0x1F169) return static_cast<char>('a' + (c - 0x1F150));
  if (c >= 0x1F170 && c <= 0x1F189) return static_cast<char>('a' + (c - 0x1F170));
  if (c >= 0x1F1E6 && c <= 0x1F1FF) return static_cast<char>('a' + (c - 0x1F1E6));
  return 0;
}

}  // namespace

int FoldTable::map(std::uint32_t code, std::uint32_t (&out)[8]) {
  int count = 0;
  const auto put = [&](std::uint32_t c) {
    if (is_accent(c)) return;
    if (const char letter = find(kStroked, c); letter != 0) c = static_cast<unsigned char>(letter);
    if (const char letter = find(kDressed, c); letter != 0) c = static_cast<unsigned char>(letter);
    if (count < 8) out[count++] = c;
  };
  if (const char letter = boxed_letter(code); letter != 0) {
    put(static_cast<unsigned char>(letter));
    return count;
  }
  UChar buffer[32];
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t size =
      keeps_composition(code)
          ? -1
          : unorm2_getDecomposition(normalizer(), static_cast<UChar32>(code), buffer, 32, &status);
  if (size < 0 || U_FAILURE(status)) {
    put(code);
    return count;
  }
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U16_NEXT(buffer, at, size, c);
    put(static_cast<std::uint32_t>(c));
  }
  return count;
}

FoldedCode FoldTable::compute(std::uint32_t code) {
  FoldedCode row;
  const auto c = static_cast<UChar32>(code);
  row.ignorable = code != 0x34F && u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  std::uint32_t mapped[8];
  const int count = map(code, mapped);
  if (count == 1 && mapped[0] < FoldedCode::kSeveral) {
    row.to = static_cast<std::uint16_t>(mapped[0]);
  } else if (count > 0) {
    row.to = FoldedCode::kSeveral;
  }
  if (count > 0) {
    const auto first = static_cast<UChar32>(mapped[0]);
    row.word = u_isalnum(first) || (U_GET_GC_MASK(first) & U_GC_M_MASK) != 0;
  }
  row.look = find(kLooks, code);
  const bool latin = count == 1 && mapped[0] >= 'a' && mapped[0] <= 'z';
  row.disguise = latin && (find(kDressed, code) != 0 || boxed_letter(code) != 0 ||
                           (code >= 0x1D400 && code <= 0x1D7FF) || (code >= 0x24B6 && code <= 0x24E9));
  return row;
}

FoldTable::FoldTable() : direct_(kDirect) {
  for (std::uint32_t code = 0; code < kDirect; ++code) direct_[code] = compute(code);
}

const FoldTable& FoldTable::get() {
  static const FoldTable table;
  return table;
}

}  // namespace vedette
