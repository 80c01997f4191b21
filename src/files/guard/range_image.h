// RangeImage: a pre-image of which only the stretches are kept that somebody was about to overwrite: a sparse
// file as long as the original, and beside it (PATH.ranges) which blocks of it say something.
//
//   PATH         content at its own place, in whole blocks of 4 KiB
//   PATH.ranges  records of 24 bytes, native order: offset, count, CRC-32 of the content; count 0: spoiled
//
// The content is written before its record, and the record before the writer is let through: the death of the
// guard loses nothing. After a power cut a record may speak of content that is not there; the sum tells.
// Thread-safe; only keep() and put_back() may take long, and nothing else waits for them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "files/guard/range_gate.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

class RangeImage {
 public:
  static constexpr std::uint64_t kBlock = 4096;

  // `size`: of the original, in bytes.
  static Result<std::unique_ptr<RangeImage>> create(const std::filesystem::path& path, std::uint64_t size);
  static Result<std::unique_ptr<RangeImage>> open(const std::filesystem::path& path, std::uint64_t size);
  static std::filesystem::path records_of(const std::filesystem::path& path);

  // How many bytes of it keep() would have to copy.
  std::uint64_t missing(Range range) const;
  // Keeps what `fd` shows there now, except for what was kept before. `wanted` is asked before each stretch
  // is written down: once it says no, what `fd` shows may be no longer as it was. The bytes that were added.
  // kConflict: not wanted any more. kLimit: no room on the disk.
  Result<std::uint64_t> keep(int fd, Range range, const std::function<bool()>& wanted);
  // Something was overwritten that was not kept: it can restore nothing any more.
  void spoil();
  bool spoiled() const;
  std::uint64_t bytes() const;  // kept

  // Makes `to`, which holds the file as it is now, what the original was. kConflict: spoiled; kUnavailable:
  // the content is not what was kept, or the disk.
  Result<void> put_back(int to) const;
  void sync() const;

 private:
  RangeImage(std::uint64_t size, UniqueFd content, UniqueFd records);
  Result<void> read_records();
  Result<void> record(std::uint64_t offset, std::uint64_t count, std::uint32_t sum);
  // The parts of the range that are not kept yet, in whole blocks: begin to end.
  std::map<std::uint64_t, std::uint64_t> gaps(Range range) const;
  void join(std::uint64_t begin, std::uint64_t end);  // it is kept

  const std::uint64_t size_;
  UniqueFd content_, records_;
  mutable std::mutex copying_, mutex_;           // in this order; the second is of what follows
  std::map<std::uint64_t, std::uint64_t> kept_;  // begin to end, apart from one another
  std::uint64_t bytes_ = 0;
  bool spoiled_ = false;
};

}  // namespace vedette::files
