// Text by its bytes: UTF-8, UTF-16 with a mark, or an old 8-bit encoding.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/text/utf8.h"
#include "files/judge/byte_statistics.h"
#include "files/judge/type_checks.h"

namespace vedette::files {
namespace {

constexpr std::size_t kHeadLooked = 16 * 1024;
constexpr std::size_t kRangeLooked = 4 * 1024;

struct TextTally {
  std::size_t total = 0, control = 0, high = 0, invalid = 0;
};

// Are these eight bytes printable ASCII?
bool eight_printable(const char* bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kHigh = 0x80 * kEach;
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if ((word & kHigh) != 0) return false;
  return (((word | kHigh) - 0x20 * kEach) & ~(word + kEach) & kHigh) == kHigh;
}

void tally(std::string_view bytes, TextTally& out) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (i + 8 <= bytes.size() && eight_printable(bytes.data() + i)) {
      out.total += 8;
      i += 8;
      continue;
    }
    const auto c = static_cast<unsigned char>(bytes[i]);
    ++out.total;
    if (c < 0x80) {
      out.control +=
          (c < 32 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 27 && c != 8) || c == 127 ? 1
                                                                                                        : 0;
      ++i;
      continue;
    }
    ++out.high;
    const std::size_t length = c >= 0xF0 && c < 0xF5 ? 4 : c >= 0xE0 ? 3 : 2;
    std::size_t k = 1;
    while (k < length && i + k < bytes.size() && (static_cast<unsigned char>(bytes[i + k]) & 0xC0) == 0x80)
      ++k;
    // A character cut by the border of what was read is no fault.
    const bool cut = i + k >= bytes.size() || i < 3;
    if (c < 0xC2 || c >= 0xF5 || (k < length && !cut)) {
      if (!cut || c >= 0xF5) ++out.invalid;
      ++i;
    } else {
      i += k;
    }
  }
}

// Old encodings (windows-1258, TCVN3, Latin-1) have high bytes but hardly a control character.
bool is_text(const TextTally& t) {
  if (t.total == 0) return false;
  if (t.control * 200 > t.total) return false;
  return t.invalid * 100 <= t.total || t.high * 10 <= t.total * 4;
}

bool utf16(std::string_view bytes) {
  const bool little = bytes.starts_with("\xFF\xFE"), big = bytes.starts_with("\xFE\xFF");
  if (!little && !big) return false;
  std::size_t units = 0, wrong = 0;
  for (std::size_t i = 2; i + 1 < bytes.size(); i += 2) {
    const auto unit = little ? little_endian(bytes, i, 2) : big_endian(bytes, i, 2);
    ++units;
    wrong += (unit < 32 && unit != 9 && unit != 10 && unit != 13) || (unit >= 0xE000 && unit < 0xF900) ||
                     unit >= 0xFFF0
                 ? 1
                 : 0;
  }
  return wrong * 200 <= units;
}

bool starts_with_folded(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b | 32) : b);
         });
}

std::string subtype(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "text/plain";
  head.remove_prefix(first);
  if (head.starts_with("-----BEGIN PGP MESSAGE")) return "application/pgp-encrypted";
  if (head.starts_with("-----BEGIN ")) return "application/x-pem-file";
  if (head.starts_with("{\\rtf")) return "text/rtf";
  if (starts_with_folded(head, "<?xml")) return "application/xml";
  if (starts_with_folded(head, "<!doctype html") || starts_with_folded(head, "<html")) return "text/html";
  if (starts_with_folded(head, "<svg")) return "image/svg+xml";
  if (encodes_uniform(head)) return "text/x-base64";
  if (head.front() == '{' || head.front() == '[') return "application/json";
  return "text/plain";
}

}  // namespace

std::string text_type(ByteSource& source, Touched touched) {
  const std::string head = source.take(0, kHeadLooked);
  if (utf16(head)) return "text/plain";
  TextTally all;
  tally(head, all);
  if (!is_text(all)) return {};
  // Each place is judged alone: a random block is lost in the average of a large file.
  const auto place = [&](std::uint64_t from, std::size_t count) {
    TextTally here;
    tally(source.take(from, count), here);
    return here.total < 8 || is_text(here);
  };
  for (const ByteRange& range : touched.first(std::min<std::size_t>(touched.size(), 48))) {
    if (range.from < head.size() && range.to - range.from >= head.size()) continue;
    if (!place(range.from,
               static_cast<std::size_t>(std::min<std::uint64_t>(range.to - range.from, kRangeLooked))))
      return {};
  }
  if (source.size() > head.size()) {
    for (std::uint64_t i = 1; i <= 4; ++i) {
      if (!place((source.size() - 1024) / 4 * i, 1024)) return {};
    }
  }
  return subtype(head);
}

}  // namespace vedette::files
