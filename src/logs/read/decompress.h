// Decompressor: one compressed stream as it comes: gzip, zstd or xz, several members one behind the other.
// Belongs to input.cpp. One thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace vedette::logs {

class Decompressor {
 public:
  static constexpr int kWindowLogMax = 27;  // zstd: 128 MiB
  static constexpr std::uint64_t kXzMemoryMax = 128ull << 20;

  struct Step {
    std::size_t taken = 0, given = 0;
  };
  virtual ~Decompressor() = default;
  // Takes from `in`, writes to `out`, until one of them is used up. kCorrupt.
  virtual Result<Step> run(std::string_view in, std::span<char> out) = 0;
  // At the end of the input: false where a member has begun and not ended.
  virtual bool complete() const = 0;
};

// "", "gzip", "zstd", "xz".
std::string_view compression_of(std::string_view head);
std::unique_ptr<Decompressor> make_decompressor(std::string_view compression);

}  // namespace vedette::logs
