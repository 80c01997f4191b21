// When an event happened: read from its fields, and how far it is believed.
//
// The names under which sources tell the time, in the order in which they are asked, are the table in
// event_time.cpp, each with its reason. A value may be RFC 3339, any form of timestamp.h, or a number since
// 1970 whose size tells its unit: seconds (9 to 10 digits), milliseconds (12 to 13), microseconds (15 to 16),
// nanoseconds (18 to 19). Sources: Elastic Common Schema 8 (@timestamp, event.created), Windows event schema
// (TimeCreated), systemd.journal-fields(7), CloudTrail's record contents (eventTime), the Microsoft 365
// management activity schema (CreationTime, which is UTC without saying so).
//
// Pure; linear in the fields; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "base/clock.h"
#include "logs/event.h"
#include "logs/read/zone.h"

namespace vedette::logs {

// `zone`: of values that tell none. `now`: for those without a year. Nothing: no name has a time in it.
std::optional<WallTime> time_of(std::span<const Field> fields, const Zone& zone, WallTime now);

// A time outside is not believed: a clock that is wrong, or a sender who wants its events not to be found.
struct TimeBounds {
  std::chrono::milliseconds ahead_max = std::chrono::minutes(5);  // of the time of receipt
  std::chrono::milliseconds age_max = std::chrono::days(30);
};

enum class TimeOrigin : std::uint8_t {
  kEvent,    // the event's own
  kUntold,   // it told none that could be read
  kTooFar,   // it lies further ahead than ahead_max
  kTooLong,  // it lies longer ago than age_max
};
struct EventTime {
  WallTime time;  // the event's own where it is believed, else that of receipt
  TimeOrigin origin = TimeOrigin::kEvent;
};
EventTime believed_time(std::optional<WallTime> told, WallTime received, const TimeBounds& bounds);

}  // namespace vedette::logs
