// Zone: the local time of an IANA time zone, from the machine's tzdata (g++ 12 has no time zones of its own).
//
// One rule carries everything that happens "at a local time": it happens at the first moment at which a wall
// clock in the zone shows that time or a later one. A time that summer time skips is then the moment of the
// skip; a time that comes twice is the first of the two. So later local times never come before earlier ones.
//
// Limit: the machine's files name every transition until 2037; beyond it the last offset goes on. A plain
// value that refers to data which lives as long as the program. Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vedette {

using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;

class Zone {
 public:
  // kNotFound: no zone of this name, or the machine has no tzdata; the message says what to do.
  static Result<Zone> find(std::string_view name);

  std::string_view name() const;
  LocalTime local(WallTime time) const;
  WallTime first_at(LocalTime local) const;

 private:
  explicit Zone(const void* zone) : zone_(zone) {}
  const void* zone_;  // a date::time_zone of the library's own list
};

// "2026-02-17T07:00", as RFC 3339 writes a date and a time without an offset; nothing smaller than minutes.
std::string to_local_text(LocalTime local);
Result<LocalTime> parse_local_text(std::string_view text);

}  // namespace vedette
