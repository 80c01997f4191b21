// JsonReader: events of NDJSON and other JSON inputs (json_records.h). The time is that of the first of the
// usual names that has one.
#pragma once

#include "logs/read/json_event.h"
#include "logs/read/json_records.h"
#include "logs/read/reader.h"

namespace vedette::logs {

class JsonReader final : public Reader {
 public:
  explicit JsonReader(Input input) : input_(std::move(input)) {}
  Result<std::optional<EventView>> next() override;

 private:
  Input input_;
  std::optional<JsonRecords> records_;
  JsonEvent event_;
};

// When an event of flat or nested JSON says it happened: @timestamp, timestamp, UtcTime, TimeCreated…
std::optional<WallTime> time_of(std::span<const Field> fields);

}  // namespace vedette::logs
