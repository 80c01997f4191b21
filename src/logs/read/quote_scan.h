// QuoteScan: where the strings of a JSON text end, and which of them have escapes. 64 bytes at a time become
// one bit each for quotes and backslashes, and the quotes that are escaped are told from the others by
// addition with carry over runs of backslashes (Langdale and Lemire 2019, "Parsing gigabytes of JSON per
// second", 3.1.1): finding each quote and backslash of a log anew is most of what reading it costs.
//
// Asked from the front to the back. Reads no byte beyond the text. Plain value; the text must outlive it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::logs {

class QuoteScan {
 public:
  QuoteScan() = default;
  explicit QuoteScan(std::string_view text) : text_(text) {}

  // The first quote from `at` on that no backslash stands for, or the text's size. `at`: behind the quote
  // that opens a string, and not before what was asked last.
  std::size_t end_of_string(std::size_t at, bool& escaped) {
    escaped = false;
    while (at < text_.size()) {
      while (at >= block_end_) next_block();
      const auto shift = at % kBlock;
      const auto quotes = quotes_ >> shift, backslashes = backslashes_ >> shift;
      // What lies before the quote; all of the block where there is none.
      escaped |= (backslashes & (quotes - 1) & ~quotes) != 0;
      if (quotes != 0) return at + static_cast<std::size_t>(std::countr_zero(quotes));
      at = block_end_;
    }
    return text_.size();
  }

 private:
  static constexpr std::size_t kBlock = 64;

  void next_block() {
    const char* from = text_.data() + block_end_;
    const auto left = text_.size() - block_end_;
    char last[kBlock];
    if (left < kBlock) {
      std::memset(last, 0, sizeof last);
      std::memcpy(last, from, left);
      from = last;
    }
    block_end_ += kBlock;
    std::uint64_t quotes = 0;
    look(from, quotes, backslashes_);
    quotes_ = quotes & ~escaped_bytes();
  }
  // Bytes that the backslash before them is for.
  std::uint64_t escaped_bytes() {
    constexpr std::uint64_t kEven = 0x5555555555555555ULL;
    if (backslashes_ == 0) return std::exchange(carried_, 0);
    const auto open = backslashes_ & ~carried_;
    const auto follows = open << 1 | carried_;
    const auto odd_starts = open & ~kEven & ~follows;
    std::uint64_t runs = 0;
    carried_ = __builtin_add_overflow(odd_starts, open, &runs) ? 1 : 0;
    return (kEven ^ (runs << 1)) & follows;
  }
  static void look(const char* from, std::uint64_t& quotes, std::uint64_t& backslashes) {
    quotes = backslashes = 0;
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const auto bits = [](__m128i found) {
      return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(found))};
    };
    for (unsigned i = 0; i < kBlock; i += 16) {
      const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
      quotes |= bits(_mm_cmpeq_epi8(bytes, quote)) << i;
      backslashes |= bits(_mm_cmpeq_epi8(bytes, backslash)) << i;
    }
#else
    for (unsigned i = 0; i < kBlock; ++i) {
      quotes |= std::uint64_t{from[i] == '"'} << i;
      backslashes |= std::uint64_t{from[i] == '\\'} << i;
    }
#endif
  }

  std::string_view text_;
  std::size_t block_end_ = 0;
  std::uint64_t quotes_ = 0, backslashes_ = 0;  // of the block before block_end_
  std::uint64_t carried_ = 0;                   // 1: its last backslash is for the next block's first byte
};

}  // namespace vedette::logs
