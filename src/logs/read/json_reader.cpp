#include "logs/read/json_reader.h"

#include "logs/read/event_time.h"

namespace vedette::logs {

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
  event.time = time_of(event.fields, zone_, clock_.wall());
  return event;
}

}  // namespace vedette::logs
