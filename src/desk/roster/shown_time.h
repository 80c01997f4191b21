// A time as a sentence of the desk shows it: in the zone that people work by, which it names. Any thread.
#pragma once

#include <fmt/format.h>

#include "base/zone.h"

namespace vedette::desk {

inline std::string shown_time(WallTime time, const std::string& zone_name) {
  auto zone = Zone::find(zone_name);
  if (!zone) return to_rfc3339(time);
  return fmt::format("{} ({})", to_local_text(zone->local(time)).replace(10, 1, " "), zone->name());
}

}  // namespace vedette::desk
