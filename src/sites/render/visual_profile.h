// VisualProfile: what a page looks like, learnt from several screenshots, and how much a new one differs.
//
// The picture is cut into blocks of 64×64 pixels. A block is described by the brightness of its 4×4 cells and
// its mean colour, in 4-bit steps; two blocks differ when a cell or the colour is off by more than what
// quantisation and anti-aliasing can do. Content that only moved differs in every block but hardly in tone
// (the earth mover's distance between the blocks' brightness and colour steps). Blocks that differed between
// learnt pictures (carousels, adverts, counters) are masked; a block is trusted again after kHeatMax learnt
// pictures without a change. Beside it a dHash (difference hash, Neal Krawetz 2013: 9×8 grey thumbnail, 64
// bits) of the whole picture. Pure, no I/O; thread-safe on different profiles. PNG bytes and serialised
// profiles are hostile: sizes are limited.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sites/render/picture.h"

namespace vedette::sites {

struct VisualDifference {
  int stable_blocks = 0;
  int changed_blocks = 0;    // of the stable ones
  double changed_share = 0;  // changed / stable; 0 when there is no stable block
  int dhash_distance = 0;    // bits, 0…64, to the nearest learnt picture; 0 when nothing was learnt
  double tone = 0;  // by how much the shares of dark, light and coloured areas differ, wherever they lie; 0…1
  std::vector<Box> boxes;  // neighbouring changed blocks joined, largest first; at most 32
};

class VisualProfile {
 public:
  static constexpr std::uint32_t kBlock = 64;     // pixels
  static constexpr std::size_t kBlocksMax = 800;  // from the top; what is below is not compared
  static constexpr std::size_t kHashesMax = 8;
  static constexpr std::uint8_t kHeatMax = 15;
  static constexpr std::size_t kProfileBytesMax = 8 * 1024;

  int learned() const { return learned_; }
  void learn(const Picture& picture);  // never call with an alarmed picture that nobody approved
  // The operator approved this picture: it becomes the reference; what varies stays masked.
  void approve(const Picture& picture);
  VisualDifference compare(const Picture& picture) const;
  // Share of the blocks that are masked as variable, 0…1.
  double variable_share() const;

  std::string serialize() const;
  static Result<VisualProfile> parse(std::string_view bytes);

 private:
  struct Block {
    std::array<std::uint8_t, 18> level{};  // 16 cells, then blue and red difference (Cb, Cr); 0…15
    std::uint8_t heat = 0;                 // > 0: variable
  };
  static std::vector<Block> describe(const Picture& picture);
  static bool differ(const Block& a, const Block& b);
  static double tone_distance(const std::vector<Block>& a, const std::vector<Block>& b);
  void take_over(std::vector<Block> blocks, const Picture& picture);

  int learned_ = 0;
  std::uint32_t columns_ = 0, rows_ = 0;  // of blocks
  std::vector<Block> blocks_;
  std::vector<std::uint64_t> hashes_;  // of the last learnt pictures, without repeats
};

}  // namespace vedette::sites
