// EventPack: events copied away from their reader, so that another thread may look at them after the reader
// has gone on. Plain data; one thread at a time. What lay within an event's raw bytes lies there in the copy.
#pragma once

#include <string>
#include <vector>

#include "logs/event.h"

namespace vedette::logs::match {

class EventPack {
 public:
  void add(const EventView& event);
  std::size_t size() const { return events_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  // The event of that number; valid until the next call or change.
  EventView at(std::size_t number, std::vector<Field>& fields) const;

 private:
  struct Span {
    std::size_t begin = 0, size = 0;
  };
  struct PackedField {
    Span name, value;
    ValueKind kind;
    bool escaped;
  };
  struct Packed {
    std::size_t fields_end = 0;
    Span raw, product, category, service;
    bool raw_is_text = false;
    std::optional<WallTime> time;
  };
  Span keep(std::string_view text);
  std::string_view text(const Span& span) const {
    return std::string_view(bytes_).substr(span.begin, span.size);
  }

  std::string bytes_;
  std::vector<PackedField> fields_;
  std::vector<Packed> events_;
};

}  // namespace vedette::logs::match
