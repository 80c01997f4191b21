// Any bytes as a protected file: its type is told within the budget, and what is called sound has a name.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "files/judge/byte_statistics.h"
#include "files/judge/file_type.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::files;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Where it was touched is taken from the end, so that a real file is a seed as it is.
  std::vector<ByteRange> touched;
  for (std::size_t i = 0; i + 1 < size && i < 8; i += 2) {
    const std::uint64_t from = static_cast<std::uint64_t>(data[size - 1 - i]) * size / 256;
    touched.push_back({from, from + data[size - 2 - i] + 1U});
  }
  for (const bool somewhere : {false, true}) {
    for (const std::uint64_t budget : {std::uint64_t{1} << 20, std::uint64_t{700}}) {
      ByteSource source(bytes, budget);
      const FileType type =
          identify(source, somewhere ? std::span<const ByteRange>(touched) : std::span<const ByteRange>());
      VEDETTE_ASSERT(!type.sound || !type.media.empty());
      VEDETTE_ASSERT(type.media.empty() == (trait_of(type.media) == TypeTrait::kUnknown));
      ByteSource again(bytes, budget);
      const FileType second =
          identify(again, somewhere ? std::span<const ByteRange>(touched) : std::span<const ByteRange>());
      VEDETTE_ASSERT(second.media == type.media && second.sound == type.sound);
    }
  }
  ByteStatistics statistics;
  statistics.add(bytes);
  VEDETTE_ASSERT(statistics.entropy() >= 0 && statistics.entropy() <= 8.000001);
  static_cast<void>(statistics.uniform());
  static_cast<void>(encodes_uniform(bytes));
  return 0;
}
