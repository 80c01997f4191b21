// LineParser: one line of one text format as fields. LineReader makes a Reader of it. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "logs/read/field_list.h"
#include "logs/read/line_source.h"
#include "logs/read/reader.h"

namespace vedette::logs {

// What a parser makes of one line. `fields` may borrow from the line.
struct LineEvent {
  FieldList fields;
  std::optional<WallTime> time;
  LogSource source;

  void clear();
};

enum class LineKind : std::uint8_t {
  kEvent,
  kNoEvent,   // a comment, a header, an empty line
  kUnparsed,  // not this format
};

class LineParser {
 public:
  virtual ~LineParser() = default;
  // `event` is cleared. Linear in the line.
  virtual LineKind parse(std::string_view line, LineEvent& event) = 0;
};

// One line as an event, whoever reads it. What cannot be parsed is an event all the same: its text is the
// "message". `event` points into `into`, which is cleared first, and into `line`; it is left alone where
// there is none.
LineKind read_line(LineParser& parser, std::string_view line, LineEvent& into, EventView& event);

class LineReader final : public Reader {
 public:
  LineReader(Input input, std::unique_ptr<LineParser> parser)
      : lines_(std::move(input)), parser_(std::move(parser)) {}
  Result<std::optional<EventView>> next() override;

 private:
  LineSource lines_;
  std::unique_ptr<LineParser> parser_;
  LineEvent event_;
};

}  // namespace vedette::logs
