#include "logs/match/raw_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "logs/case_fold.h"

namespace vedette::logs::match {
namespace {

bool written_as_it_is(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '/'; }

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// The longest run; of equals the first.
std::string_view best_run(std::string_view literal) {
  std::string_view best;
  for (std::size_t at = 0; at < literal.size();) {
    auto end = at;
    while (end < literal.size() && written_as_it_is(literal[end])) ++end;
    if (end - at > best.size()) best = literal.substr(at, end - at);
    at = end + 1;
  }
  return best;
}

// Frequent letters, blanks and the signs of paths, times and numbers are what most of a log is made of; a
// sign twice is rare ("kerberos::list"). Of equals the last: what stands first is more often a common name
// ("SHA256=…").
std::size_t rarest(std::string_view run, std::size_t size) {
  const auto cost_of = [&](std::size_t at) -> std::size_t {
    const char c = run[at];
    if (at > 0 && c == run[at - 1] && std::string_view(".:-_,=").find(c) != std::string_view::npos) return 0;
    if (std::string_view("esaitnrolcdmpuky .:-_,0123456789").find(c) != std::string_view::npos) return 2;
    return std::string_view("hgfbvwx=()").find(c) != std::string_view::npos ? 1 : 0;
  };
  std::size_t best = 0, best_cost = ~std::size_t{0};
  for (std::size_t at = 0; at + size <= run.size(); ++at) {
    std::size_t cost = 0;
    for (std::size_t i = 0; i < size; ++i) cost += cost_of(at + i);
    if (cost <= best_cost) best = at, best_cost = cost;
  }
  return best;
}

// Whether the "u" at `at` belongs to an escape: an odd number of backslashes is before it.
[[maybe_unused]] bool is_escape(std::string_view raw, std::size_t at) {
  std::size_t count = 0;
  while (count < at && raw[at - 1 - count] == '\\') ++count;
  return count % 2 == 1;
}

// The first bytes, as far as there are so many.
template <class Number>
Number number_at(std::string_view text, std::size_t size) {
  Number out = 0;
  std::ranges::copy(text.substr(0, size), reinterpret_cast<char*>(&out));
  return out;
}

bool has_avx2() {
#if defined(__x86_64__)
  static const bool there = __builtin_cpu_supports("avx2");
  return there;
#else
  return false;
#endif
}

}  // namespace

std::optional<RawFilter> RawFilter::build(std::span<const Literal> literals) {
  if (literals.empty() || literals.size() > kLiteralsMax || !has_avx2()) return std::nullopt;
  RawFilter out;
  std::vector<Piece> pieces;
  for (const auto& literal : literals) {
    const auto run = best_run(literal.text);
    if (run.size() < kFingerprint) return std::nullopt;
    Piece piece{std::string(run), rarest(run, kFingerprint), 0, 0, 0, 0, 0};
    piece.key = number_at<std::uint32_t>(run.substr(piece.offset), kFingerprint);
    for (std::size_t i = 0; i < kFingerprint; ++i)
      if (is_letter(run[piece.offset + i])) piece.cases |= std::uint32_t{0x20} << (8 * i);
    piece.head = number_at<std::uint64_t>(run, sizeof piece.head);
    for (std::size_t i = 0; i < std::min(run.size(), sizeof piece.head); ++i) {
      piece.head_mask |= std::uint64_t{0xFF} << (8 * i);
      if (is_letter(run[i])) piece.head_cases |= std::uint64_t{0x20} << (8 * i);
    }
    pieces.push_back(std::move(piece));
  }
  // Fingerprints that are alike share a bucket, so that what is none of them seldom looks like one.
  std::ranges::sort(pieces, {},
                    [](const Piece& piece) { return piece.text.substr(piece.offset, kFingerprint); });
  for (std::size_t number = 0; number < pieces.size(); ++number) {
    const auto bucket = number * kBuckets / pieces.size();
    out.buckets_[bucket].push_back(pieces[number]);
    const auto& run = pieces[number].text;
    const auto offset = pieces[number].offset;
    for (std::size_t i = 0; i < kFingerprint; ++i) {
      const auto bit = static_cast<std::uint8_t>(1U << bucket);
      const auto add = [&](unsigned char c) {
        out.low_[i][c & 15] |= bit;
        out.high_[i][c >> 4] |= bit;
      };
      const char c = run[offset + i];
      add(static_cast<unsigned char>(c));
      if (is_letter(c)) add(static_cast<unsigned char>(c - 0x20));
    }
  }
  return out;
}

bool RawFilter::confirmed(std::string_view raw, std::size_t at, unsigned buckets) const {
  std::uint32_t here = 0;
  if (raw.size() - at >= sizeof here) {
    std::memcpy(&here, raw.data() + at, sizeof here);
    here &= 0xFFFFFF;
  } else {
    here = number_at<std::uint32_t>(raw.substr(at), kFingerprint);
  }
  for (; buckets != 0; buckets &= buckets - 1) {
    for (const auto& piece : buckets_[std::countr_zero(buckets)]) {
      if ((here | piece.cases) != piece.key || at < piece.offset) continue;
      const auto from = raw.substr(at - piece.offset);
      const auto& text = piece.text;
      if (from.size() < text.size()) continue;
      std::uint64_t head = 0;
      if (from.size() >= sizeof head)
        std::memcpy(&head, from.data(), sizeof head);
      else
        head = number_at<std::uint64_t>(from, sizeof head);
      if (((head | piece.head_cases) & piece.head_mask) != piece.head) continue;
      auto same = std::min(text.size(), sizeof head);
      while (same < text.size() && fold_ascii(from[same]) == text[same]) ++same;
      if (same == text.size()) return true;
    }
  }
  return false;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) bool RawFilter::search(std::string_view raw,
                                                       std::vector<std::uint32_t>* places) const {
  __m256i low[kFingerprint], high[kFingerprint];
  for (std::size_t i = 0; i < kFingerprint; ++i) {
    low[i] = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(low_[i])));
    high[i] = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(high_[i])));
  }
  const auto nibble = _mm256_set1_epi8(15), backslash = _mm256_set1_epi8('\\'), u = _mm256_set1_epi8('u'),
             zero = _mm256_setzero_si256();
  alignas(32) char last[64] = {};
  for (std::size_t at = 0; at < raw.size(); at += 32) {
    const char* from = raw.data() + at;
    if (raw.size() - at < 32 + kFingerprint - 1) {
      std::memset(last, 0, sizeof last);
      std::memcpy(last, from, raw.size() - at);
      from = last;
    }
    __m256i bytes[kFingerprint];
    auto found = _mm256_set1_epi8(-1);
    for (std::size_t i = 0; i < kFingerprint; ++i) {
      bytes[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
      const auto by_low = _mm256_shuffle_epi8(low[i], _mm256_and_si256(bytes[i], nibble));
      const auto by_high =
          _mm256_shuffle_epi8(high[i], _mm256_and_si256(_mm256_srli_epi16(bytes[i], 4), nibble));
      found = _mm256_and_si256(found, _mm256_and_si256(by_low, by_high));
    }
    // U+017F (C5 BF) and U+212A (E2 84 AA). A lead byte is never part of something else.
    if (_mm256_movemask_epi8(bytes[0]) != 0) {
      const auto long_s = _mm256_and_si256(_mm256_cmpeq_epi8(bytes[0], _mm256_set1_epi8('\xC5')),
                                           _mm256_cmpeq_epi8(bytes[1], _mm256_set1_epi8('\xBF')));
      const auto kelvin =
          _mm256_and_si256(_mm256_and_si256(_mm256_cmpeq_epi8(bytes[0], _mm256_set1_epi8('\xE2')),
                                            _mm256_cmpeq_epi8(bytes[1], _mm256_set1_epi8('\x84'))),
                           _mm256_cmpeq_epi8(bytes[2], _mm256_set1_epi8('\xAA')));
      if (_mm256_movemask_epi8(_mm256_or_si256(long_s, kelvin)) != 0) return true;
    }
    auto escapes = static_cast<unsigned>(_mm256_movemask_epi8(
        _mm256_and_si256(_mm256_cmpeq_epi8(bytes[0], backslash), _mm256_cmpeq_epi8(bytes[1], u))));
    for (; escapes != 0; escapes &= escapes - 1)
      if (is_escape(raw, at + std::countr_zero(escapes) + 1)) return true;
    auto fingerprints = ~static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, zero)));
    if (fingerprints == 0) continue;
    alignas(32) std::uint8_t buckets[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(buckets), found);
    for (; fingerprints != 0; fingerprints &= fingerprints - 1) {
      const auto place = at + static_cast<unsigned>(std::countr_zero(fingerprints));
      if (!confirmed(raw, place, buckets[place - at])) continue;
      if (places == nullptr || places->size() >= kPlacesMax) return true;
      places->push_back(static_cast<std::uint32_t>(place));
    }
  }
  return false;
}
#else
bool RawFilter::search(std::string_view, std::vector<std::uint32_t>*) const { return true; }
#endif

}  // namespace vedette::logs::match
