// FaultWorld: what the test and the process that it kills share, in a mapped file: the clock that both read,
// the state of the disk, and at which boundary the process kills itself.
//
// The clock runs kSpeed times faster than the machine's, so that escalation by minutes takes seconds. Its
// steady part follows CLOCK_MONOTONIC and is the same in every process; the wall clock is set and slewed by
// the test.
#pragma once

#include <atomic>
#include <filesystem>

#include "base/clock.h"

namespace vedette::crash {

struct FaultWorld {
  static constexpr std::int64_t kSpeed = 60;

  std::int64_t began_ns = 0;  // CLOCK_MONOTONIC
  std::atomic<std::int64_t> wall_offset_ms = 0;
  std::atomic<std::int64_t> slew_ppm = 0;
  std::atomic<bool> disk_full = false;
  bool volatile_disk = false;               // writes that were not synced are lost with the process
  std::atomic<std::int64_t> countdown = 0;  // boundaries until it kills itself; 0: it does not
  std::atomic<std::int64_t> life = 0;
  std::atomic<int> reports = 0;  // findings that this life reports

  enum Boundary { kBeforeWrite, kInsideWrite, kAfterWrite, kBeforeSend, kAfterSend, kBoundaries };
  std::array<std::atomic<std::int64_t>, kBoundaries> kills = {};

  static FaultWorld& make(const std::filesystem::path& path);
  static FaultWorld& open(const std::filesystem::path& path);
  // Kills this process with SIGKILL when it was told to do so here.
  void pass(Boundary boundary);
};

class FaultClock final : public Clock {
 public:
  explicit FaultClock(const FaultWorld& world) : world_(world) {}
  WallTime wall() const override;
  SteadyTime steady() const override;

 private:
  const FaultWorld& world_;
};

}  // namespace vedette::crash
