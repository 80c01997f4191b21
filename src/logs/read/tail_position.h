// TailPosition: how far a log file was read. Kept by the caller with what it made of the lines. Plain value.
#pragma once

#include <cstdint>
#include <string>

namespace vedette::logs {

struct TailPosition {
  static constexpr std::size_t kHeadBytes = 256;

  std::uint64_t device = 0, inode = 0;
  std::uint64_t offset = 0;      // of the first byte that was not handed out
  std::uint64_t head_bytes = 0;  // how many first bytes head_hash is of: at most kHeadBytes
  std::string head_hash;         // SHA-256, hex
  bool operator==(const TailPosition&) const = default;
};

}  // namespace vedette::logs
