// EventFacts: what the desk and the event store want to know of an event whatever its source calls it: which
// host it is about, who did it, what kind it is of, and its fields as one JSON object. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "logs/event.h"

namespace vedette::logs {

// The first of the known names that has a value: ECS first, then Windows', then others. Unescaped; valid
// UTF-8; at most kFactBytesMax bytes.
inline constexpr std::size_t kFactBytesMax = 200;
std::string host_of(const EventView& event);   // host.name, host.hostname, Computer, Hostname …
std::string actor_of(const EventView& event);  // source.ip, else the user's name
std::string kind_of(const EventView& event);   // event id, event.action, the program …; "": it tells none

// {"name": value, …}; several fields of one name become a list.
std::string fields_json(const EventView& event);

}  // namespace vedette::logs
