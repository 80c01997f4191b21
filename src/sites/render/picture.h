// Pictures as pixels: PNG in and out, and what is drawn on them for a person. Pure; thread-safe.
// PNG bytes are hostile: sides, pixels and chunk sizes are limited before memory is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::sites {

struct Picture {  // 8-bit RGB, row by row
  std::uint32_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

inline constexpr std::uint32_t kPictureSideMax = 4096;  // pixels
inline constexpr std::uint32_t kPicturePixelsMax = 8'000'000;

struct Box {  // pixels
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

// kInvalid: not a PNG; kLimit: too large.
Result<Picture> decode_png(std::string_view png);
std::string encode_png(const Picture& picture);

// Difference hash: bit (row, column) says whether the cell is darker than its right neighbour.
std::uint64_t dhash(const Picture& picture);

// The picture with the boxes in a red frame and the rest paler.
Picture highlight(const Picture& picture, const std::vector<Box>& boxes);

// ITU-R BT.601 brightness.
inline std::uint8_t grey(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((299u * rgb[0] + 587u * rgb[1] + 114u * rgb[2]) / 1000u);
}

}  // namespace vedette::sites
