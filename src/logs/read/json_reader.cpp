#include "logs/read/json_reader.h"

namespace vedette::logs {
namespace {

// "2023-08-15 09:53:59.757" of Windows is UTC, RFC 3339 but for the blank and the zone.
std::optional<WallTime> parse_time(std::string_view text) {
  if (text.size() < 19 || text.size() > 40) return std::nullopt;
  std::string whole(text);
  if (whole[10] == ' ') whole[10] = 'T';
  if (const char last = whole.back();
      last >= '0' && last <= '9' && whole.find_first_of("+-", 19) == std::string::npos)
    whole += 'Z';
  auto time = parse_rfc3339(whole);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::optional<WallTime> time_of(std::span<const Field> fields) {
  static constexpr std::string_view kNames[] = {
      "@timestamp", "timestamp", "UtcTime", "TimeCreated", "Event.System.TimeCreated.#attributes.SystemTime",
      "eventTime",  "time"};
  for (const auto name : kNames)
    for (const auto& field : fields)
      if (field.name == name && field.kind == ValueKind::kString && !field.escaped)
        if (const auto time = parse_time(field.value)) return time;
  return std::nullopt;
}

Result<std::optional<EventView>> JsonReader::next() {
  if (!records_) {
    TRY_ASSIGN(auto opened, JsonRecords::open(std::move(input_)));
    records_.emplace(std::move(opened));
  }
  TRY_ASSIGN(const auto record, records_->next());
  if (!record) return std::nullopt;
  EventView event;
  const auto outcome = event_.read(record->text, event);
  ++counters_.read;
  if (outcome == JsonEvent::Outcome::kMalformed) counters_.add_unparsed(record->position, record->text);
  if (outcome == JsonEvent::Outcome::kCut || record->cut) ++counters_.cut;
  event.time = time_of(event.fields);
  return event;
}

}  // namespace vedette::logs
