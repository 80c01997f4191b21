// Arena: memory for the texts of one event; given back all at once, kept for the next event. What it hands
// out stays where it is. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace vedette::logs::match {

class Arena {
 public:
  static constexpr std::size_t kBlockBytes = 64 * 1024, kKeptBytesMax = 4u << 20;

  char* take(std::size_t size) {
    if (left_ < size) grow(size);
    char* out = at_;
    at_ += size;
    left_ -= size;
    return out;
  }
  // Gives the end of what was taken last back.
  void give_back(std::size_t size) {
    at_ -= size;
    left_ += size;
  }
  void reset() {
    if (blocks_.size() > 1) shrink();
    if (blocks_.empty()) return;
    at_ = blocks_[0].bytes.get();
    left_ = blocks_[0].size;
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  void grow(std::size_t size) {
    size = size > kBlockBytes ? size : kBlockBytes;
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    total_ += size;
    at_ = blocks_.back().bytes.get();
    left_ = size;
  }
  // One block that holds what the last event needed, unless that was a giant.
  void shrink() {
    const auto size = total_ < kKeptBytesMax ? total_ : kKeptBytesMax;
    blocks_.clear();
    total_ = 0;
    grow(size);
  }

  std::vector<Block> blocks_;
  std::size_t total_ = 0, left_ = 0;
  char* at_ = nullptr;
};

}  // namespace vedette::logs::match
