#include "logs/match/event_pack.h"

#include <functional>

namespace vedette::logs::match {

EventPack::Span EventPack::keep(std::string_view text) {
  const Span out{bytes_.size(), text.size()};
  bytes_ += text;
  return out;
}

void EventPack::add(const EventView& event) {
  Packed packed;
  packed.raw = keep(event.raw);
  packed.product = keep(event.source.product);
  packed.category = keep(event.source.category);
  packed.service = keep(event.source.service);
  packed.raw_is_text = event.raw_is_text;
  packed.time = event.time;
  const auto* raw_begin = event.raw.data();
  const std::less_equal<const char*> before;
  for (const auto& field : event.fields) {
    const auto value = field.value;
    const bool within = !value.empty() && before(raw_begin, value.data()) &&
                        before(value.data() + value.size(), raw_begin + event.raw.size());
    const auto at =
        within ? Span{packed.raw.begin + static_cast<std::size_t>(value.data() - raw_begin), value.size()}
               : keep(value);
    fields_.push_back({keep(field.name), at, field.kind, field.escaped});
  }
  packed.fields_end = fields_.size();
  events_.push_back(packed);
}

EventView EventPack::at(std::size_t number, std::vector<Field>& fields) const {
  const auto& packed = events_[number];
  fields.clear();
  for (auto i = number == 0 ? 0 : events_[number - 1].fields_end; i < packed.fields_end; ++i)
    fields.push_back({text(fields_[i].name), text(fields_[i].value), fields_[i].kind, fields_[i].escaped});
  EventView out;
  out.fields = fields;
  out.raw = text(packed.raw);
  out.raw_is_text = packed.raw_is_text;
  out.time = packed.time;
  out.source = {text(packed.product), text(packed.category), text(packed.service)};
  return out;
}

}  // namespace vedette::logs::match
