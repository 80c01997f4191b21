// Do these bytes look like random ones? Entropy and the χ² statistic against the uniform distribution
// (Knuth, The Art of Computer Programming 2, 3.3.1), and a decision from both that also holds for few bytes.
//
// Ciphertext is uniform. Compressed data is nearly so in entropy, but deflate, JPEG and the like miss
// uniformity by much more than chance in χ² once a few kilobytes are seen; what comes closest (xz, zstd's
// literals, video) must be told apart by its type. Plain value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vedette::files {

class ByteStatistics {
 public:
  void add(std::string_view bytes);
  void add(const ByteStatistics& other);

  std::uint64_t count() const { return count_; }
  double entropy() const;  // bits per byte; of few bytes it is low by nature: at most log2(count)
  double chi2() const;     // 255 degrees of freedom: 255 ± 23 for random bytes; 0 for none
  // Passes for uniformly random bytes. False below 24 bytes: too few to say.
  bool uniform() const;

 private:
  using Counts = std::array<std::uint64_t, 256>;
  static constexpr std::size_t kTables = 4;
  Counts counts() const;

  std::array<Counts, kTables> tables_{};  // their sum counts
  std::uint64_t count_ = 0;
};

// Base64 (RFC 4648, also the URL alphabet, with line breaks) or hexadecimal text whose decoded bytes are
// uniform. Looks at the first 64 KiB.
bool encodes_uniform(std::string_view text);

}  // namespace vedette::files
