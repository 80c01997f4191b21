// FileTail: the lines that are added to a log file, whole ones only, through rotation (rename and new file),
// truncation (copytruncate), compression of what was rotated, and restarts of ours.
//
// Where a file was read to is a TailPosition: the caller keeps it with what it made of the lines, and gives
// it back after a restart. A file is known by device, inode and a hash of its first bytes, since inodes are
// used again. A file that was rotated is read to its end, and the ones that came after it, before the one
// that has its name now (rotated_files.h). What cannot be found again is a gap, and told; so is a file that
// was truncated before it was read to its end, where no copy of it is left.
//
// No waiting: next() gives nothing when there is nothing now. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/read/input.h"
#include "logs/read/line_source.h"
#include "logs/read/rotated_files.h"
#include "logs/read/tail_position.h"

namespace vedette::logs {

struct TailCounters {
  std::uint64_t rotations = 0, truncations = 0;
  std::uint64_t gaps = 0;  // times that a file was gone, or not to be read further, before its end
};

class FileTail {
 public:
  static constexpr std::size_t kHeadBytes = TailPosition::kHeadBytes, kReadBytes = 64 * 1024;

  enum class From { kBegin, kEnd };  // of a file seen for the first time
  explicit FileTail(std::string path, From from = From::kEnd);
  // Goes on where an earlier one stopped.
  FileTail(std::string path, TailPosition position);
  ~FileTail();
  FileTail(const FileTail&) = delete;
  FileTail& operator=(const FileTail&) = delete;

  // The next whole line; nothing: none now (also while there is no file). kForbidden, kUnavailable: it cannot
  // be read; the next call tries again.
  Result<std::optional<Line>> next();
  // Behind the last line that next() gave.
  const TailPosition& position() const { return position_; }
  const TailCounters& counters() const { return counters_; }

 private:
  Result<bool> open();
  Result<bool> resume();
  Result<bool> open_next();  // what waits in backlog_, else the file of the name
  Result<bool> fill();       // true: more bytes, or another file; false: nothing now
  Result<bool> fill_compressed();
  bool truncated();
  void use(int fd, std::uint64_t offset);
  Result<bool> use_compressed(const RotatedFile& file);
  void start_at(std::uint64_t offset);
  void close();
  void remember_head();
  bool same_head(int fd) const;

  const std::string path_;
  const RotatedFiles rotated_;
  TailPosition position_;
  bool resumed_ = false, from_end_ = false;
  int fd_ = -1;
  std::optional<Input> input_;  // of a compressed file, in place of fd_
  std::string input_head_;
  std::deque<RotatedFile> backlog_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t read_to_ = 0;  // in the file: behind what is in buffer_
  bool skipping_ = false;      // the rest of a line that is too long
  bool last_ = false;          // the file has another name: its end is its end
  bool at_end_ = false;        // there was nothing more when it was looked at last
  std::string line_;
  TailCounters counters_;
};

}  // namespace vedette::logs
