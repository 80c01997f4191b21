// Which bytes of a file a pattern encrypts. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vedette::simulator {

struct Region {
  std::uint64_t from = 0, size = 0;
};

// Ordered, without overlap, within the file. `size` 0: none.
std::vector<Region> whole(std::uint64_t size);
std::vector<Region> first_4k(std::uint64_t size);
std::vector<Region> head(std::uint64_t size);              // a quarter, at most 1 MiB
std::vector<Region> skip_64_128(std::uint64_t size);       // 64 bytes, then 128 left
std::vector<Region> skip_64_192(std::uint64_t size);       // 64 bytes, then 192 left
std::vector<Region> every_other_16(std::uint64_t size);    // 16 of every 32 bytes
std::vector<Region> middle_5_percent(std::uint64_t size);  // in one piece
std::vector<Region> megabyte_steps(std::uint64_t size);    // the first 256 KiB of each MiB
std::vector<Region> percent_20(std::uint64_t size);  // 4 KiB of every 20 KiB; less than that: the first 20%
std::vector<Region> three_fragments(std::uint64_t size);  // a twelfth each: begin, middle, end

}  // namespace vedette::simulator
