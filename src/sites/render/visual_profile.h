// VisualProfile: what a page looks like, learnt from several screenshots, and how much a new one differs.
//
// The picture is cut into blocks of 64×64 pixels; a block is described by its mean colour and the spread of
// its brightness in 4-bit steps. Blocks that differed between learnt pictures (carousels, adverts, counters)
// are variable and masked. Beside it a dHash (difference hash, Neal Krawetz 2013: 9×8 grey thumbnail, 64
// bits) of the whole picture. Pure, no I/O; thread-safe on different profiles. PNG bytes are hostile:
// dimensions and memory are limited.
#pragma once

#include <array>
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

// kInvalid: not a PNG; kLimit: too large.
Result<Picture> decode_png(std::string_view png);
std::string encode_png(const Picture& picture);
std::uint64_t dhash(const Picture& picture);

struct Box {  // pixels
  std::uint32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

struct VisualDifference {
  int stable_blocks = 0;
  int changed_blocks = 0;    // of the stable ones
  double changed_share = 0;  // changed / stable; 0 when there is no stable block
  int dhash_distance = 0;    // bits, 0…64, to the nearest learnt picture
  std::vector<Box> boxes;    // neighbouring changed blocks joined; at most 32
};

class VisualProfile {
 public:
  static constexpr std::uint32_t kBlock = 64;  // pixels
  static constexpr std::size_t kProfileBytesMax = 8 * 1024;

  int learned() const { return learned_; }
  void learn(const Picture& picture);  // never call with an alarmed picture that nobody approved
  // The operator approved this picture: it becomes the reference, what varies stays masked.
  void approve(const Picture& picture);
  VisualDifference compare(const Picture& picture) const;
  // Share of the blocks that are masked as variable, 0…1.
  double variable_share() const;

  std::string serialize() const;
  static Result<VisualProfile> parse(std::string_view bytes);

 private:
  struct Block {
    std::array<std::uint8_t, 4> level{};  // red, green, blue, spread
    bool variable = false;
  };
  std::vector<Block> describe(const Picture& picture) const;

  int learned_ = 0;
  std::uint32_t width_ = 0, height_ = 0;
  std::vector<Block> blocks_;
  std::vector<std::uint64_t> hashes_;  // of at most 8 learnt pictures, without repeats
};

// The picture with the boxes outlined, for a person: red frame, the rest paler.
Picture highlight(const Picture& picture, const std::vector<Box>& boxes);

}  // namespace vedette::sites
