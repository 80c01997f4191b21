// JsonEvent: one JSON object as an EventView, by one pass over its bytes that copies nothing: values stay
// where they are, and their escapes are only resolved when a rule asks.
//
// Nested members are joined with dots, list elements are several fields of one name. It is generous with what
// a log may hold and JSON may not (control characters in strings, bytes that are no UTF-8, unknown escapes):
// an event that is read oddly can still be matched, a refused one cannot. Whatever is JSON is read as JSON.
// Empty objects and lists give no field.
//
// Limits: kEventFieldsMax fields, kEventDepthMax nested levels, kNameBytesMax of a joined name; what is
// beyond is left out and told (kCut). One thread at a time; the event is valid until the next read() or the
// end of the bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "logs/event.h"
#include "logs/read/quote_scan.h"

namespace vedette::logs {

class JsonEvent {
 public:
  static constexpr std::size_t kNameBytesMax = 1024;

  enum class Outcome {
    kRead,
    kCut,        // a limit took something away, or the text ends within the object
    kMalformed,  // no object, or broken within: what stood before the break is there all the same
  };
  // `text` is one object and white space around it; `event` keeps its time and source.
  Outcome read(std::string_view text, EventView& event);

 private:
  struct Joined {
    std::size_t field, begin, size;
  };

  bool object(std::size_t prefix, std::size_t depth);
  bool value(std::string_view name, std::size_t name_begin, std::size_t depth);
  bool list(std::string_view name, std::size_t name_begin, std::size_t depth);
  bool number();
  bool string(std::string_view& out, bool& escaped);
  bool word(std::string_view text);
  void skip_space();
  bool skip_nested();
  bool broken();
  void add(std::string_view name, std::size_t name_begin, std::string_view value, ValueKind kind,
           bool escaped);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  QuoteScan quotes_;
  bool cut_ = false, ended_ = false;
  std::vector<Field> fields_;
  std::string names_;           // names that do not stand in the text as they are: joined or unescaped
  std::vector<Joined> joined_;  // fields whose name is in names_, which may still move
};

}  // namespace vedette::logs
