// Parts of a time for the time modifiers (minute … year). The time is taken as it is written, with no zone
// conversion, as the specification warns: "2026-01-02 23:59:07" (blank or T between, fraction and zone may
// follow), or Unix seconds or milliseconds, which are UTC. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::logs::sigma {

struct TimeParts {
  int minute = 0, hour = 0, day = 0, week = 0, month = 0, year = 0;  // week: ISO 8601
};
std::optional<TimeParts> parse_time_parts(std::string_view text);

}  // namespace vedette::logs::sigma
