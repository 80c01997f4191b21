#include "simulator/regions.h"

#include <algorithm>

namespace vedette::simulator {
namespace {

std::vector<Region> steps(std::uint64_t size, std::uint64_t taken, std::uint64_t step) {
  std::vector<Region> out;
  for (std::uint64_t at = 0; at < size; at += step) out.push_back({at, std::min(taken, size - at)});
  return out;
}

}  // namespace

std::vector<Region> whole(std::uint64_t size) { return {{0, size}}; }
std::vector<Region> first_4k(std::uint64_t size) { return {{0, std::min<std::uint64_t>(size, 4096)}}; }

std::vector<Region> head(std::uint64_t size) {
  const std::uint64_t wanted = std::clamp<std::uint64_t>(size / 4, 512, 1 << 20);
  return {{0, std::min(size, wanted)}};
}

std::vector<Region> skip_64_128(std::uint64_t size) { return steps(size, 64, 192); }
std::vector<Region> skip_64_192(std::uint64_t size) { return steps(size, 64, 256); }
std::vector<Region> every_other_16(std::uint64_t size) { return steps(size, 16, 32); }

std::vector<Region> middle_5_percent(std::uint64_t size) {
  const std::uint64_t taken = std::max<std::uint64_t>(size / 20, std::min<std::uint64_t>(size, 16));
  return {{(size - taken) / 2, taken}};
}

std::vector<Region> megabyte_steps(std::uint64_t size) { return steps(size, 256 << 10, 1 << 20); }

std::vector<Region> percent_20(std::uint64_t size) {
  if (size < 20 * 1024) return {{0, std::max<std::uint64_t>(size / 5, 1)}};
  return steps(size, 4096, 20 * 1024);
}

std::vector<Region> three_fragments(std::uint64_t size) {
  const std::uint64_t taken = size / 12;
  if (taken < 16) return whole(size);
  return {{0, taken}, {(size - taken) / 2, taken}, {size - taken, taken}};
}

}  // namespace vedette::simulator
