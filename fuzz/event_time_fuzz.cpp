// Any bytes as the fields of an event: no time is read that no calendar has, the same bytes always tell the
// same time, and what is believed lies within the bounds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "logs/read/event_time.h"

namespace {

using namespace vedette;
using namespace vedette::logs;

// Names that are asked for a time, and one that is not.
constexpr std::string_view kNames[] = {"@timestamp",   "TimeCreated", "UtcTime", "eventTime",
                                       "CreationTime", "timestamp",   "time",    "event.created",
                                       "ts",           "other"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Zone kZones[] = {Zone(), Zone::named("Asia/Ho_Chi_Minh").value(),
                                Zone::named("Europe/Zurich").value()};
  static const WallTime kNow = parse_rfc3339("2026-11-29T12:00:00Z").value();
  if (size < 1) return 0;
  const auto& zone = kZones[data[0] % std::size(kZones)];
  // Each line is a value; its first byte says of which name and kind.
  std::vector<Field> fields;
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  while (!text.empty() && fields.size() < 64) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    const auto choice = static_cast<unsigned char>(line[0]);
    fields.push_back({kNames[choice % std::size(kNames)], line.substr(1),
                      (choice & 0x40) != 0 ? ValueKind::kNumber : ValueKind::kString, (choice & 0x80) != 0});
  }
  const auto told = time_of(fields, zone, kNow);
  VEDETTE_ASSERT(told == time_of(fields, zone, kNow));
  // It has to be possible to write it down.
  if (told) VEDETTE_ASSERT(!to_rfc3339(*told).empty());
  const TimeBounds bounds;
  const auto believed = believed_time(told, kNow, bounds);
  VEDETTE_ASSERT(believed.time <= kNow + bounds.ahead_max && believed.time >= kNow - bounds.age_max);
  VEDETTE_ASSERT((believed.origin == TimeOrigin::kUntold) == !told.has_value());
  VEDETTE_ASSERT(believed.origin == TimeOrigin::kEvent ? believed.time == *told : believed.time == kNow);
  return 0;
}
