#include "sites/render/visual_profile.h"

#include <bit>
#include <cstring>
#include <deque>

namespace vedette::sites {
namespace {

constexpr std::uint32_t kCells = 4;  // a side of a block
constexpr std::size_t kBoxesMax = 32;
constexpr int kCellSteps = 1;  // a difference of one step is quantisation
constexpr int kCellsFew = 2;   // so many cells off by two steps: anti-aliasing, a blinking caret
constexpr char kMagic[4] = {'V', 'P', '0', '1'};
constexpr std::size_t kBlockBytes = 9;
constexpr std::uint32_t kSideBlocksMax = kPictureSideMax / VisualProfile::kBlock;

std::uint8_t step(std::int64_t value) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 0, 255) >> 4);
}

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}
std::uint64_t get(std::string_view& in, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(in[i])) << (8 * i);
  in.remove_prefix(static_cast<std::size_t>(bytes));
  return value;
}

}  // namespace

std::vector<VisualProfile::Block> VisualProfile::describe(const Picture& picture) {
  std::uint32_t columns = (picture.width + kBlock - 1) / kBlock,
                rows = (picture.height + kBlock - 1) / kBlock;
  std::vector<Block> out;
  for (std::uint32_t row = 0; row < rows && out.size() + columns <= kBlocksMax; ++row) {
    for (std::uint32_t column = 0; column < columns; ++column) {
      std::array<std::int64_t, 16> sum{}, count{};
      std::int64_t red = 0, blue = 0, bright = 0, pixels = 0;
      std::uint32_t bottom = std::min((row + 1) * kBlock, picture.height);
      std::uint32_t right = std::min((column + 1) * kBlock, picture.width);
      for (std::uint32_t y = row * kBlock; y < bottom; ++y) {
        for (std::uint32_t x = column * kBlock; x < right; ++x) {
          const std::uint8_t* at = picture.rgb.data() + 3 * (std::size_t{picture.width} * y + x);
          std::size_t cell = y % kBlock / (kBlock / kCells) * kCells + x % kBlock / (kBlock / kCells);
          std::uint8_t value = grey(at);
          sum[cell] += value;
          ++count[cell];
          red += at[0];
          blue += at[2];
          bright += value;
          ++pixels;
        }
      }
      Block block;
      for (std::size_t i = 0; i < 16; ++i) block.level[i] = count[i] ? step(sum[i] / count[i]) : 0;
      block.level[16] = step(128 + (blue - bright) / (2 * pixels));
      block.level[17] = step(128 + (red - bright) / (2 * pixels));
      out.push_back(block);
    }
  }
  return out;
}

bool VisualProfile::differ(const Block& a, const Block& b) {
  int off = 0;
  for (std::size_t i = 0; i < a.level.size(); ++i) {
    int distance = std::abs(a.level[i] - b.level[i]);
    if (distance > kCellSteps + 1) return true;
    if (distance > kCellSteps) ++off;
  }
  return off > kCellsFew;
}

double VisualProfile::tone_distance(const std::vector<Block>& a, const std::vector<Block>& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty() ? 0 : 1;
  // Of one part of the levels: brightness, blue, red.
  auto distance = [&](std::size_t from, std::size_t to) {
    std::array<double, 16> gap{};
    auto count = [&](const std::vector<Block>& blocks, double sign) {
      double each = sign / (static_cast<double>(blocks.size()) * static_cast<double>(to - from));
      for (const Block& block : blocks) {
        for (std::size_t i = from; i < to; ++i) gap[block.level[i]] += each;
      }
    };
    count(a, 1);
    count(b, -1);
    double sum = 0, moved = 0;
    for (double share : gap) moved += std::abs(sum += share);
    return moved / 15;
  };
  return std::max({distance(0, 16), distance(16, 17), distance(17, 18)});
}

void VisualProfile::take_over(std::vector<Block> blocks, const Picture& picture) {
  columns_ = (picture.width + kBlock - 1) / kBlock;
  rows_ = columns_ == 0 ? 0 : static_cast<std::uint32_t>(blocks.size()) / columns_;
  blocks_ = std::move(blocks);
  std::uint64_t hash = dhash(picture);
  std::erase(hashes_, hash);
  hashes_.push_back(hash);
  if (hashes_.size() > kHashesMax) hashes_.erase(hashes_.begin());
  learned_ = std::min(learned_ + 1, 1'000'000);
}

void VisualProfile::learn(const Picture& picture) {
  auto blocks = describe(picture);
  bool same_grid = blocks.size() == blocks_.size() && (picture.width + kBlock - 1) / kBlock == columns_;
  for (std::size_t i = 0; same_grid && i < blocks.size(); ++i) {
    std::uint8_t heat = blocks_[i].heat;
    bool changed = differ(blocks[i], blocks_[i]);
    blocks[i].heat = changed ? kHeatMax : static_cast<std::uint8_t>(heat > 0 ? heat - 1 : 0);
  }
  take_over(std::move(blocks), picture);
}

void VisualProfile::approve(const Picture& picture) {
  auto blocks = describe(picture);
  bool same_grid = blocks.size() == blocks_.size() && (picture.width + kBlock - 1) / kBlock == columns_;
  for (std::size_t i = 0; same_grid && i < blocks.size(); ++i) blocks[i].heat = blocks_[i].heat;
  take_over(std::move(blocks), picture);
}

VisualDifference VisualProfile::compare(const Picture& picture) const {
  VisualDifference out;
  if (learned_ == 0) return out;
  auto blocks = describe(picture);
  bool same_grid = blocks.size() == blocks_.size() && (picture.width + kBlock - 1) / kBlock == columns_;
  std::vector<bool> changed(blocks_.size());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].heat > 0) continue;
    ++out.stable_blocks;
    changed[i] = !same_grid || differ(blocks[i], blocks_[i]);
    out.changed_blocks += changed[i] ? 1 : 0;
  }
  if (out.stable_blocks > 0) out.changed_share = static_cast<double>(out.changed_blocks) / out.stable_blocks;
  out.tone = tone_distance(blocks_, blocks);
  std::uint64_t hash = dhash(picture);
  out.dhash_distance = 64;
  for (std::uint64_t known : hashes_)
    out.dhash_distance = std::min(out.dhash_distance, std::popcount(hash ^ known));

  for (std::size_t first = 0; first < changed.size(); ++first) {
    if (!changed[first]) continue;
    std::uint32_t left = columns_, right = 0, top = rows_, bottom = 0;
    std::deque<std::size_t> next{first};
    changed[first] = false;
    while (!next.empty()) {
      std::size_t at = next.front();
      next.pop_front();
      auto column = static_cast<std::uint32_t>(at % columns_),
           row = static_cast<std::uint32_t>(at / columns_);
      left = std::min(left, column);
      right = std::max(right, column);
      top = std::min(top, row);
      bottom = std::max(bottom, row);
      auto visit = [&](bool inside, std::size_t neighbour) {
        if (!inside || !changed[neighbour]) return;
        changed[neighbour] = false;
        next.push_back(neighbour);
      };
      visit(column > 0, at - 1);
      visit(column + 1 < columns_, at + 1);
      visit(row > 0, at - columns_);
      visit(row + 1 < rows_, at + columns_);
    }
    out.boxes.push_back(
        {left * kBlock, top * kBlock, (right - left + 1) * kBlock, (bottom - top + 1) * kBlock});
  }
  std::stable_sort(out.boxes.begin(), out.boxes.end(),
                   [](const Box& a, const Box& b) { return a.width * a.height > b.width * b.height; });
  if (out.boxes.size() > kBoxesMax) out.boxes.resize(kBoxesMax);
  return out;
}

double VisualProfile::variable_share() const {
  if (blocks_.empty()) return 0;
  auto variable = std::count_if(blocks_.begin(), blocks_.end(), [](const Block& b) { return b.heat > 0; });
  return static_cast<double>(variable) / static_cast<double>(blocks_.size());
}

std::string VisualProfile::serialize() const {
  std::string out(kMagic, sizeof kMagic);
  put(out, static_cast<std::uint64_t>(learned_), 4);
  put(out, columns_, 2);
  put(out, rows_, 2);
  put(out, hashes_.size(), 1);
  for (std::uint64_t hash : hashes_) put(out, hash, 8);
  for (const Block& block : blocks_) {
    for (std::size_t i = 0; i < block.level.size(); i += 2)
      put(out, block.level[i] | block.level[i + 1] << 4, 1);
  }
  for (std::size_t i = 0; i < blocks_.size(); i += 2) {
    put(out, blocks_[i].heat | (i + 1 < blocks_.size() ? blocks_[i + 1].heat << 4 : 0), 1);
  }
  return out;
}

Result<VisualProfile> VisualProfile::parse(std::string_view bytes) {
  auto corrupt = [] { return fail(ErrorCode::kCorrupt, "not a visual profile"); };
  if (bytes.size() < 13 || bytes.size() > kProfileBytesMax || std::memcmp(bytes.data(), kMagic, 4) != 0)
    return corrupt();
  bytes.remove_prefix(4);
  VisualProfile out;
  out.learned_ = static_cast<int>(std::min<std::uint64_t>(get(bytes, 4), 1'000'000));
  out.columns_ = static_cast<std::uint32_t>(get(bytes, 2));
  out.rows_ = static_cast<std::uint32_t>(get(bytes, 2));
  std::size_t hashes = get(bytes, 1);
  std::size_t blocks = std::size_t{out.columns_} * out.rows_;
  bool sane = out.columns_ <= kSideBlocksMax && out.rows_ <= kSideBlocksMax && blocks <= kBlocksMax &&
              hashes <= kHashesMax;
  if (!sane || bytes.size() != hashes * 8 + blocks * kBlockBytes + (blocks + 1) / 2) return corrupt();
  for (std::size_t i = 0; i < hashes; ++i) out.hashes_.push_back(get(bytes, 8));
  out.blocks_.resize(blocks);
  for (Block& block : out.blocks_) {
    for (std::size_t i = 0; i < block.level.size(); i += 2) {
      auto pair = static_cast<std::uint8_t>(get(bytes, 1));
      block.level[i] = pair & 15;
      block.level[i + 1] = pair >> 4;
    }
  }
  for (std::size_t i = 0; i < blocks; i += 2) {
    auto pair = static_cast<std::uint8_t>(get(bytes, 1));
    out.blocks_[i].heat = pair & 15;
    if (i + 1 < blocks) out.blocks_[i + 1].heat = pair >> 4;
  }
  return out;
}

}  // namespace vedette::sites
