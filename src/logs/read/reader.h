// Reader: one log file or stream as events, one after the other. Each format has its own (registry.h lists
// them); who matches, stores or shows events knows only this.
//
// Streaming: memory does not grow with the input. What cannot be read is never silent: a line no parser
// understands still comes out as an event (raw, `message`), counted as unparsed with a sample; what is beyond
// a limit of event.h is cut and counted. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/event.h"

namespace vedette::logs {

struct ReadCounters {
  static constexpr std::size_t kSamplesMax = 20, kSampleBytesMax = 512;

  std::uint64_t read = 0;      // events handed out
  std::uint64_t unparsed = 0;  // of them, or damaged pieces of the input that gave none
  std::uint64_t cut = 0;       // events of which a limit took something away
  struct Sample {
    std::uint64_t position;  // number of the line or record, from 1
    std::string text;        // its beginning
  };
  std::vector<Sample> samples;  // of the unparsed ones: the first kSamplesMax

  void add_unparsed(std::uint64_t position, std::string_view text);
};

class Reader {
 public:
  virtual ~Reader() = default;
  // The next event, valid until the next call; nothing: the end. An error ends the reading: the input itself
  // cannot be read further (I/O, damaged compression, expansion beyond the limits of input.h).
  virtual Result<std::optional<EventView>> next() = 0;
  const ReadCounters& counters() const { return counters_; }

 protected:
  ReadCounters counters_;
};

}  // namespace vedette::logs
