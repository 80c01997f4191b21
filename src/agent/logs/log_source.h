// LogSource: one log of this host as the agent reads it: a file, or systemd's journal. It remembers how far
// it was read, as text that can be given back after a restart. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace vedette::agent {

struct LogPiece {
  std::string text;          // events one behind the other: lines, or entries of the journal export format
  std::uint64_t events = 0;  // in it
  std::uint64_t gaps = 0;    // times that something was gone before it was read
  std::uint64_t cut = 0;     // events that were too long
};

class LogSource {
 public:
  virtual ~LogSource() = default;
  // What is there now, about `bytes_max` at most, but at least one event if there is one. An error: it cannot
  // be read now; what was read before the error is in `piece` all the same.
  virtual Result<void> read(std::size_t bytes_max, LogPiece& piece) = 0;
  // Behind the last event that read() gave. "": nothing is known of it yet.
  virtual std::string position() const = 0;
};

}  // namespace vedette::agent
