// Any bytes as a JSON event: read within the limits, and whatever another JSON library takes for an object is
// read here, with as many values.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "logs/json_text.h"
#include "logs/read/json_event.h"

namespace {

std::size_t values_in(const boost::json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object())
    for (const auto& member : *object) count += values_in(member.value());
  else if (const auto* list = value.if_array())
    for (const auto& element : *list) count += values_in(element);
  else
    count = 1;
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::logs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static JsonEvent reader;
  EventView event;
  const auto outcome = reader.read(text, event);
  VEDETTE_ASSERT(event.fields.size() <= kEventFieldsMax);
  std::string value;
  for (const auto& field : event.fields) {
    VEDETTE_ASSERT(field.name.size() <= JsonEvent::kNameBytesMax || field.name.data() >= text.data());
    value.clear();
    unescape_json(field.value, value);
    VEDETTE_ASSERT(value.size() <= field.value.size());
    VEDETTE_ASSERT(field.escaped || value == field.value);
  }
  boost::json::error_code error;
  const auto other = boost::json::parse(text, error);
  if (error || !other.is_object()) return 0;
  VEDETTE_ASSERT(outcome != JsonEvent::Outcome::kMalformed);
  // A name that comes twice is kept twice here, once there.
  if (outcome == JsonEvent::Outcome::kRead) VEDETTE_ASSERT(event.fields.size() >= values_in(other));
  return 0;
}
