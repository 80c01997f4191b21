// SenderRate: how many events a sender sent in each of the last kMinutes minutes. Plain value.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace vedette::logs {

class SenderRate {
 public:
  static constexpr std::int64_t kMinutes = 60;

  // A time before the newest minute counts for that one: the wall clock may be set back.
  void add(WallTime at, std::uint64_t events) {
    turn_to(minute_of(at));
    counts_[static_cast<std::size_t>(newest_ % kMinutes)] += events;
  }
  // Oldest first; the last one is the minute of `now`, which is not over.
  std::vector<std::uint64_t> last_minutes(WallTime now) const {
    auto copy = *this;
    copy.turn_to(minute_of(now));
    std::vector<std::uint64_t> out;
    for (auto i = copy.newest_ - kMinutes + 1; i <= copy.newest_; ++i)
      out.push_back(copy.counts_[static_cast<std::size_t>((i + kMinutes) % kMinutes)]);
    return out;
  }

 private:
  static std::int64_t minute_of(WallTime at) { return std::max<std::int64_t>(0, to_unix_ms(at)) / 60'000; }
  void turn_to(std::int64_t minute) {
    if (minute - newest_ >= kMinutes) {
      counts_.fill(0);
      newest_ = minute;
    }
    while (newest_ < minute) counts_[static_cast<std::size_t>(++newest_ % kMinutes)] = 0;
  }

  std::int64_t newest_ = 0;
  std::array<std::uint64_t, kMinutes> counts_{};
};

}  // namespace vedette::logs
