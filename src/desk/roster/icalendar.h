// Shifts as an iCalendar object (RFC 5545): what phones and mail programs subscribe to.
#pragma once

#include "desk/roster/rosters.h"

namespace vedette::desk {

struct CalendarEntry {
  std::string uid = {};  // stable over fetches: a program updates the entry in place
  WallTime from{}, to{};
  std::string summary = {};
};

// Lines end in CRLF and are folded at 75 bytes, never within a character (§3.1); text is escaped (§3.3.11).
std::string icalendar(const std::string& name, const std::vector<CalendarEntry>& entries, WallTime now);

}  // namespace vedette::desk
