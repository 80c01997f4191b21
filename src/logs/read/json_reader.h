// JsonReader: events of NDJSON and other JSON inputs (json_records.h), with the time their fields tell
// (event_time.h).
#pragma once

#include "logs/read/json_event.h"
#include "logs/read/json_records.h"
#include "logs/read/reader.h"
#include "logs/read/registry.h"

namespace vedette::logs {

class JsonReader final : public Reader {
 public:
  JsonReader(Input input, const ReaderContext& context)
      : input_(std::move(input)), zone_(context.zone), clock_(context.clock) {}
  Result<std::optional<EventView>> next() override;

 private:
  Input input_;
  const Zone zone_;
  const Clock& clock_;
  std::optional<JsonRecords> records_;
  JsonEvent event_;
};

}  // namespace vedette::logs
