#include "logs/read/line_parser.h"

namespace vedette::logs {

void LineEvent::clear() {
  fields.clear();
  time.reset();
  source = {};
}

LineKind read_line(LineParser& parser, std::string_view line, LineEvent& into, EventView& event) {
  into.clear();
  const LineKind kind = parser.parse(line, into);
  if (kind == LineKind::kNoEvent) return kind;
  if (kind == LineKind::kUnparsed) {
    into.clear();
    into.fields.add("message", line);
  }
  event = {into.fields.fields(), line, true, into.time, into.source};
  return kind;
}

Result<std::optional<EventView>> LineReader::next() {
  for (;;) {
    TRY_ASSIGN(const auto line, lines_.next());
    if (!line) return std::nullopt;
    EventView event;
    const LineKind kind = read_line(*parser_, line->text, event_, event);
    if (kind == LineKind::kNoEvent) continue;
    if (kind == LineKind::kUnparsed) counters_.add_unparsed(lines_.number(), line->text);
    ++counters_.read;
    if (line->cut || event_.fields.cut()) ++counters_.cut;
    return event;
  }
}

}  // namespace vedette::logs
