// Syslog lines: RFC 5424, and RFC 3164 as it is really written (with and without priority, ISO times, no
// host, a blank before "[pid]", no colon behind it). Pure; linear; any thread.
//
// Fields: host.hostname, process.name, process.pid, log.syslog.{priority,facility.code,severity.code,msgid,
// version}, log.syslog.structured_data.<id>.<parameter>, message. Limits: 64 structured elements' parameters.
#pragma once

#include <optional>
#include <string_view>

#include "logs/read/line_parser.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {

struct SyslogHeader {
  std::string_view host, program, pid, message;
};

// "host program[pid]: message", what follows the time in RFC 3164. `program` is empty where no tag can be
// told from the text; `message` is then everything behind the host.
SyslogHeader split_tag(std::string_view text);

struct SyslogLine {
  SyslogHeader header;
  std::optional<LogTime> time;
  int priority = -1;
  bool rfc5424 = false;
  std::string_view after_time;  // RFC 3164: everything behind the time
};

// Nothing: no syslog line. Adds the fields but for `message`.
std::optional<SyslogLine> parse_syslog(std::string_view line, FieldList& fields);

}  // namespace vedette::logs
