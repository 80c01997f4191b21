// ScanCollector: brings what the matching threads found into the order of the inputs, shows it to the
// correlations and gives it to the sink; and bounds how many pieces are under way. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "logs/match/scan.h"

namespace vedette::logs::match {

// What came of one piece.
struct ScanOutcome {
  std::size_t input = 0;
  std::string rendered;
  ReadCounters counters;
  std::uint64_t hits = 0, untimed = 0;
  std::vector<sigma::Correlator::Sightings> seen;
};

class ScanCollector {
 public:
  // All borrowed.
  ScanCollector(ScanReport& report, ScanSink& sink, sigma::Correlator* correlator, std::size_t in_flight_max)
      : report_(report), sink_(sink), correlator_(correlator), in_flight_max_(in_flight_max) {}

  // Waits for room for one more piece; nothing once the sink has failed.
  std::optional<std::uint64_t> begin();
  void end(std::uint64_t number, ScanOutcome outcome);
  // All pieces are done: what waits in the correlations is looked at.
  void finish();
  ScanProgress progress() const;
  std::optional<Error> failed() const;

 private:
  void add(ScanOutcome& outcome);
  void write(std::string_view rendered);
  void tell_correlated();

  ScanReport& report_;
  ScanSink& sink_;
  sigma::Correlator* const correlator_;
  const std::size_t in_flight_max_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::uint64_t begun_ = 0, done_ = 0;
  std::map<std::uint64_t, ScanOutcome> waiting_;
  std::optional<Error> failed_;
};

}  // namespace vedette::logs::match
