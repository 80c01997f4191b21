// RotatedFiles: what became of a log file that was rotated away before it was read to its end: renamed
// (app.log.1), copied and truncated (copytruncate), compressed (app.log.2.gz), more than once.
//
// A file is known by device and inode, else by the hash of its first bytes, compressed or not; the ones after
// it by their time of change, which rotation and compression leave as it is. Only neighbours whose name is
// the log's with numbers, dates and a compression's ending behind it are looked at, at most kNeighboursMax of
// a folder. Two files that begin with the same kHeadBytes bytes cannot be told apart: the newest is taken.
// Reads the disk; any thread.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logs/read/tail_position.h"

namespace vedette::logs {

struct RotatedFile {
  std::string path;
  bool compressed = false;
  std::uint64_t offset = 0;  // of the first byte to read, after decompression
};

// "app.log" and what logrotate and its like make of it: "app.log.1", "app.log-20261128.gz", "app.log.2.xz".
bool is_rotated_name(std::string_view file, std::string_view log);

class RotatedFiles {
 public:
  static constexpr std::size_t kNeighboursMax = 1000, kFilesMax = 64;
  explicit RotatedFiles(std::string path) : path_(std::move(path)) {}

  // In order: the rest of the file of `position` and the files that came after it, without the one that has
  // the log's name now. Nothing: the file of the position is not there any more, or not to be known again.
  std::optional<std::vector<RotatedFile>> since(const TailPosition& position) const;
  // Those that were changed after `time` (of the file that was read to its end).
  std::vector<RotatedFile> after(const timespec& time) const;

 private:
  struct Neighbour {
    std::string path;
    std::uint64_t device = 0, inode = 0, size = 0;
    timespec changed{};
    bool compressed = false;
  };
  std::vector<Neighbour> neighbours() const;  // oldest first
  const std::string path_;
};

}  // namespace vedette::logs
