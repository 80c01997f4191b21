// TextParser: lines of plain text logs, whatever wrote them: syslog (RFC 5424 and 3164), web servers' access
// and error logs, and the files of services that begin with a time. What the messages mean comes from
// patterns.h. Linear; one thread at a time.
#pragma once

#include "logs/read/line_parser.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {

class TextParser final : public LineParser {
 public:
  explicit TextParser(const ReaderContext& context) : context_(context), matcher_(context.patterns) {}
  LineKind parse(std::string_view line, LineEvent& event) override;

 private:
  LineKind syslog(std::string_view line, LineEvent& event);
  bool message(std::string_view program, std::string_view text, LineEvent& event);
  bool web_error(std::string_view text, std::string_view program, LineEvent& event);
  void set_time(const std::optional<LogTime>& time, LineEvent& event) const;

  const ReaderContext context_;
  PatternMatcher matcher_;
};

}  // namespace vedette::logs
