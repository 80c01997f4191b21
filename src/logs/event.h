// EventView: one log event as the rule engine sees it: a flat list of named values over somebody else's
// bytes.
//
// A reader of one format makes it and owns the bytes; it is valid until the reader is asked for the next one.
// Names are those of the source as the rules know them (Sysmon's `Image`, ECS's `source.ip`); nested members
// are joined with dots, a list gives one field for each element, all with the same name, and a rule holds
// when any of them holds. Plain value, no thread of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace vedette::logs {

enum class ValueKind : std::uint8_t { kString, kNumber, kTrue, kFalse, kNull };

struct Field {
  std::string_view name;   // plain UTF-8
  std::string_view value;  // as written; without quotes
  ValueKind kind = ValueKind::kString;
  bool escaped = false;  // `value` still holds JSON escapes (RFC 8259, 7): compare only after unescaping
};

// What kind of log this is, where the reader knows it (Sigma's logsource): "" where it does not. A reader of
// Windows events leaves it empty: there the rules' own conditions on Channel and EventID route.
struct LogSource {
  std::string_view product, category, service;
};

struct EventView {
  std::span<const Field> fields;
  std::string_view raw;  // the event's bytes, for the person
  // `raw` is text as people read it (a syslog line), not a serialisation such as JSON: keywords are looked
  // for in it as well as in the values.
  bool raw_is_text = false;
  std::optional<WallTime> time;
  LogSource source;
};

// Limits every reader keeps; what is beyond is cut or refused and counted.
inline constexpr std::size_t kEventBytesMax = 1u << 20, kEventFieldsMax = 4096, kEventDepthMax = 32;

}  // namespace vedette::logs
