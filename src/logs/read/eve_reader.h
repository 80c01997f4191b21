// EveReader: Suricata's EVE JSON. Every field keeps its own name, as rules for Suricata know it; the ECS name
// is added beside it. Limits and threads as JsonReader's.
#pragma once

#include "logs/read/field_list.h"
#include "logs/read/json_event.h"
#include "logs/read/json_records.h"
#include "logs/read/reader.h"

namespace vedette::logs {

class EveReader final : public Reader {
 public:
  explicit EveReader(Input input) : input_(std::move(input)) {}
  Result<std::optional<EventView>> next() override;

 private:
  Input input_;
  std::optional<JsonRecords> records_;
  JsonEvent event_;
  FieldList fields_;
};

bool like_eve(std::string_view head);

}  // namespace vedette::logs
