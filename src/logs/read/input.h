// Input: the bytes of one log file or of the standard input, decompressed where they are gzip (RFC 1952,
// several members), zstd (RFC 8878, several frames) or xz; told by their first bytes, not by the name.
//
// Memory: the buffers here plus the decoder's window (zstd at most 128 MiB, xz at most 128 MiB, gzip 32 KiB).
// Expansion is counted and bounded: logs do compress a hundred times, a bomb ten thousand times. One thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::logs {

struct InputLimits {
  std::uint64_t expanded_bytes_max = 1ull << 40;  // after decompression; an uncompressed input has no limit
  std::uint64_t ratio_max = 2000;                 // expanded ÷ compressed …
  std::uint64_t ratio_free_bytes = 256ull << 20;  // … once more than this came out
};

struct InputCounters {
  std::uint64_t bytes_in = 0;   // as stored
  std::uint64_t bytes_out = 0;  // after decompression
  std::uint64_t size = 0;       // of the file as stored, for progress; 0: not known
};

class Input {
 public:
  static constexpr std::size_t kPeekBytesMax = 64 * 1024;

  // "-": the standard input. kNotFound, kForbidden, kUnavailable.
  static Result<Input> open(const std::string& path, const InputLimits& limits = {});
  static Input of(std::string bytes, const InputLimits& limits = {});  // what is in memory; decompressed too

  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;
  ~Input();

  // The first bytes, at most kPeekBytesMax, without taking them; fewer only where the input is shorter. Only
  // before the first read().
  Result<std::string_view> peek();
  // Up to out.size() bytes, at least one; 0: the end. kCorrupt: the compressed data is damaged or ends early;
  // kLimit: it expands beyond the limits.
  Result<std::size_t> read(std::span<char> out);
  const InputCounters& counters() const;
  // "", "gzip", "zstd", "xz": known after the first read() or peek().
  std::string_view compression() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vedette::logs
