// RawFilter: tells quickly, from bytes as they stand in a log, that none of a few literals can be in a value
// written there; without resolving escapes, without folding.
//
// Of each literal one run of bytes is looked for that JSON writes as they are (no quote, backslash or slash),
// in either case. An escape \uXXXX could hide any byte, and two letters beyond ASCII fold to ASCII (the
// Kelvin sign, the long s): where one of them is, the answer is "maybe". So a "no" is always right.
//
// 32 bytes at a time by three-byte fingerprints in nibble tables (the Teddy algorithm of Hyperscan,
// https://github.com/intel/hyperscan), where the processor has AVX2; without it there is no filter.
// Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logs/match/literal_index.h"

namespace vedette::logs::match {

class RawFilter {
 public:
  static constexpr std::size_t kLiteralsMax = 64;

  // Nothing: there are too many literals, or one without such a run.
  static std::optional<RawFilter> build(std::span<const Literal> literals);
  bool may_have(std::string_view raw) const { return search(raw, nullptr); }
  // Where they may be: for each literal that may be there a byte of the value that it would be in, ascending.
  // False: anywhere, or at more than kPlacesMax places.
  static constexpr std::size_t kPlacesMax = 32;
  bool places(std::string_view raw, std::vector<std::uint32_t>& out) const {
    out.clear();
    return !search(raw, &out);
  }

 private:
  static constexpr std::size_t kFingerprint = 3, kBuckets = 8;
  struct Piece {
    std::string text;    // folded
    std::size_t offset;  // of the fingerprint
    // The fingerprint and the first eight bytes as numbers, and the bits in which the cases of their letters
    // differ.
    std::uint32_t key, cases;
    std::uint64_t head, head_cases, head_mask;
  };
  bool confirmed(std::string_view raw, std::size_t at, unsigned buckets) const;
  // Whether they may be anywhere; with `places` only where these do not tell.
  bool search(std::string_view raw, std::vector<std::uint32_t>* places) const;

  std::vector<Piece> buckets_[kBuckets];
  alignas(16) std::uint8_t low_[kFingerprint][16] = {}, high_[kFingerprint][16] = {};
};

}  // namespace vedette::logs::match
