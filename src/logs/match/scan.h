// scan: log inputs of any size against a rule set; what holds goes to a sink in the order of the inputs.
//
// JSON inputs are cut into pieces at line ends, which are read and matched by several threads; other formats
// are read by the caller's thread, one input after the other, and matched by the others. At most
// kPiecesInFlight pieces per thread wait or are worked on at any time, so memory does not grow with the
// input. The caller's thread runs `progress`; the sink's render() of events is called by the matching
// threads, the rest of it by one thread at a time.
//
// Correlations see the matches in the order of the inputs, and wait with them as long as they have room
// (correlate.h), so that inputs may be given in any order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "logs/event.h"
#include "logs/match/compiled_rules.h"
#include "logs/read/input.h"
#include "logs/read/reader.h"
#include "logs/read/zone.h"
#include "logs/sigma/correlate.h"

namespace vedette::logs::match {

struct ScanPosition {
  std::string_view input;    // as it was named
  std::uint64_t number = 0;  // line or record, from 1
};

class ScanSink {
 public:
  virtual ~ScanSink() = default;
  // An event for which `rules` hold: adds to `out` what write() will be given. Any thread.
  virtual void render(const EventView& event, std::span<const std::uint32_t> rules,
                      const ScanPosition& position, std::string& out) = 0;
  // A correlation found something. One thread at a time.
  virtual void render(const sigma::CorrelatedMatch& match, std::string& out) = 0;
  // What render() added, whole events, in the order of the inputs. An error ends the scan.
  virtual Result<> write(std::string_view rendered) = 0;
};

struct ScanProgress {
  std::uint64_t events = 0, hits = 0;
  std::uint64_t bytes = 0, bytes_total = 0;  // as stored; total 0: not known
};

// The reader of an input that is not JSON, or of `format` where that is not "auto".
struct OpenedReader {
  std::string format;
  std::unique_ptr<Reader> reader;
};
using OpenReader = std::function<Result<OpenedReader>(Input input, const std::string& format)>;

struct ScanOptions {
  static constexpr std::size_t kThreadsMax = 256, kPieceBytes = 1u << 20, kPiecesInFlight = 4;
  std::vector<std::string> inputs;  // files; "-": the standard input
  std::string format = "auto";
  OpenReader open_reader;
  Zone zone{};  // of times that tell none
  std::size_t threads = 1;
  std::size_t memo_bytes = 16u << 20;                 // of each thread; 0: none
  std::function<void(const ScanProgress&)> progress;  // every now and then
  sigma::Correlator* correlator = nullptr;            // borrowed; of the same rules
  // Rules (by number) that only correlations speak of: their matches are shown to these alone. Empty: none.
  std::vector<bool> only_correlated;
};

struct ScanReport {
  std::uint64_t events = 0, unparsed = 0, cut = 0, hits = 0;
  std::uint64_t untimed = 0;                // matches that no correlation could be told of: they have no time
  std::vector<std::uint64_t> hits_by_rule;  // by the rule's number
  struct Input {
    std::string name, format;
    ReadCounters counters;
    std::string trouble;  // why it was not read to its end; "": it was
  };
  std::vector<Input> inputs;
};

// An input that cannot be read is told in the report; the others are scanned. Errors: those of the sink.
Result<ScanReport> scan(std::shared_ptr<const CompiledRules> rules, const ScanOptions& options,
                        const Clock& clock, ScanSink& sink);

}  // namespace vedette::logs::match
