// CEF (ArcSight Common Event Format, version 0 and 1) and LEEF (IBM QRadar Log Event Extended Format, 1.0 and
// 2.0), alone on a line or as the message of a syslog line. Header: observer.{vendor,product,version},
// event.code, message, event.severity; extensions under their ECS names and whole as cef.extensions.<key>, a
// custom one (cs1 with cs1Label) also under its label; LEEF's attributes as leef.<key>. Limit:
// kAttributesMax. Linear; any thread.
#pragma once

#include "logs/read/line_parser.h"
#include "logs/read/zone.h"

namespace vedette::logs {

inline constexpr std::size_t kAttributesMax = 512;

// False: no such text. `clock` and `zone` for times that lack a year or zone.
bool parse_cef_or_leef(std::string_view text, LineEvent& event, const Clock& clock, const Zone& zone);

}  // namespace vedette::logs
