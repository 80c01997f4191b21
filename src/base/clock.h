// Clock: where every part of Vedette takes its time from, so that tests move time by hand.
//
// `wall` is UTC and may jump; it is what we store and show. `steady` never goes back; it is what we measure
// durations and run timers with. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  SteadyTime steady() const override;
};

// For tests: stands still until told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(std::chrono::milliseconds(1'700'000'000'000)));
  WallTime wall() const override;
  SteadyTime steady() const override;
  void advance(std::chrono::milliseconds by);    // both clocks, as real time does
  void jump_wall(std::chrono::milliseconds by);  // only the wall clock, as an administrator or NTP does

 private:
  mutable std::mutex mutex_;
  WallTime wall_;
  SteadyTime steady_;
};

// Milliseconds since 1970-01-01T00:00:00Z: the form in which the store keeps times.
inline std::int64_t to_unix_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_unix_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

// RFC 3339, UTC, milliseconds: "2026-01-02T03:04:05.678Z".
std::string to_rfc3339(WallTime time);
Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace vedette
