#include "logs/read/text_parser.h"

#include <algorithm>
#include <string>

#include "logs/read/cef.h"
#include "logs/read/syslog.h"
#include "logs/read/web_log.h"

namespace vedette::logs {
namespace {

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// The service as Sigma's log sources name it (product linux).
std::string_view service_of(std::string_view program, std::string_view facility) {
  for (const std::string_view known : {"sshd", "sudo", "vsftpd", "cron", "clamd", "guacd"}) {
    if (program == known) return known == "clamd" ? "clamav" : known == "guacd" ? "guacamole" : known;
  }
  if (program == "sshd-session" || program == "sshd-auth") return "sshd";
  if (program == "CRON" || program == "crond") return "cron";
  return facility == "4" || facility == "10" ? "auth" : "syslog";
}

// "postfix/smtpd", "postfix-in/smtpd", "cyrus/imaps": the process belongs to the service.
std::string_view service_program(std::string_view program) {
  return program.starts_with("postfix") ? "postfix" : program.substr(0, program.find('/'));
}

// What follows a time that stands inside the message once more, with brackets or without.
std::string_view behind_time(std::string_view text) {
  const bool bracket = text.starts_with('[');
  const auto time = parse_log_time(text.substr(bracket ? 1 : 0));
  if (!time) return text;
  std::string_view rest = text.substr(time->length + (bracket ? 1 : 0));
  if (bracket && rest.starts_with(']')) rest.remove_prefix(1);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  return skip_blanks(rest);
}

// The message of a line of `program`, without a second header in front of it (journald forwards some twice).
std::string_view behind_same_tag(std::string_view message, std::string_view program) {
  if (program.empty() || message.substr(0, 300).find(program) == std::string_view::npos) return message;
  const SyslogHeader again = split_tag(message);
  return again.program == program ? again.message : message;
}

}  // namespace

void TextParser::set_time(const std::optional<LogTime>& time, LineEvent& event) const {
  if (time) event.time = resolve(*time, context_.clock.wall(), context_.zone);
}

bool TextParser::web_error(std::string_view text, std::string_view program, LineEvent& event) {
  const auto line = parse_web_error(text, program, event.fields);
  if (!line) return false;
  if (!event.time) set_time(line->time, event);
  event.fields.add("message", line->message);
  event.source = {"", "webserver", line->program == "nginx" ? "nginx" : "apache"};
  matcher_.apply(line->program, line->message, event.fields);
  if (!line->client.empty() && !event.fields.has("source.address"))
    event.fields.add_address("source", line->client);
  return true;
}

// The patterns of `program`. True: one matched.
bool TextParser::message(std::string_view program, std::string_view text, LineEvent& event) {
  const bool matched = matcher_.apply(program, text, event.fields);
  if (matched && !event.time && !matcher_.matched_time().empty()) {
    set_time(parse_log_time(matcher_.matched_time()), event);
  }
  return matched;
}

LineKind TextParser::syslog(std::string_view line, LineEvent& event) {
  const auto syslog = parse_syslog(line, event.fields);
  if (!syslog) return LineKind::kUnparsed;
  set_time(syslog->time, event);
  const SyslogHeader& header = syslog->header;
  event.source = {"linux", "",
                  service_of(header.program, event.fields.value("log.syslog.facility.code").value_or(""))};
  const std::string_view program = service_program(header.program);
  const bool known = !program.empty() && context_.patterns.knows(program);
  const std::string_view text = behind_same_tag(header.message, program);
  const std::string_view inner = behind_time(text);
  if (!program.empty() && web_error(text, program, event)) return LineKind::kEvent;
  if (parse_cef_or_leef(header.message, event, context_.clock, context_.zone)) return LineKind::kEvent;
  event.fields.add("message", header.message);
  if (known) {
    if (message(program, inner, event)) return LineKind::kEvent;
    if (inner != text && message(program, text, event)) return LineKind::kEvent;
  }
  // No service's program, or no host: the file of a service itself, of which `header` made what it could.
  if (!syslog->rfc5424 && syslog->priority < 0 && (!known || header.host.empty())) {
    if (message("", syslog->after_time, event)) return LineKind::kEvent;
  }
  if (known) return LineKind::kEvent;
  message(program.empty() ? "-" : program, header.message, event);
  return LineKind::kEvent;
}

LineKind TextParser::parse(std::string_view line, LineEvent& event) {
  line = skip_blanks(line);
  if (line.empty() || line == "\xEF\xBB\xBF") return LineKind::kNoEvent;
  if (line.starts_with('<')) {
    if (syslog(line, event) == LineKind::kEvent) return LineKind::kEvent;
    event.clear();
  }
  if (line.starts_with("CEF:") || line.starts_with("LEEF:")) {
    return parse_cef_or_leef(line, event, context_.clock, context_.zone) ? LineKind::kEvent
                                                                         : LineKind::kUnparsed;
  }
  if (const auto time = parse_access(line, event.fields)) {
    set_time(time, event);
    event.source = {"", "webserver", ""};
    return LineKind::kEvent;
  }
  event.clear();
  if (web_error(line, "", event)) return LineKind::kEvent;
  event.clear();

  const bool bracket = line.starts_with('[');
  auto time = parse_log_time(line.substr(bracket ? 1 : 0));
  if (const std::size_t end = line.find("] "); bracket && !time && end < 48) {
    // "[28325:00012] 12/19/2026 07:12:10 PM  text": process and thread in front.
    time = parse_log_time(line.substr(end + 2));
    if (time) line = line.substr(end + 2);
  }
  if (time && !bracket) {
    if (syslog(line, event) == LineKind::kEvent) return LineKind::kEvent;
    event.clear();
  }
  const std::string_view rest = time ? behind_time(line) : line;
  set_time(time, event);
  const bool matched = message("", rest, event);
  if (matched || time) {
    event.fields.add("message", rest);
    return LineKind::kEvent;
  }
  // Without a time, as journald shows it to a terminal: "host program[pid]: message".
  const SyslogHeader header = split_tag(line);
  if (header.program.empty() || header.pid.empty()) return LineKind::kUnparsed;
  event.fields.add("host.hostname", header.host);
  event.fields.add("process.name", header.program);
  event.fields.add("process.pid", header.pid, ValueKind::kNumber);
  event.source = {"linux", "", service_of(header.program, "")};
  const std::string_view text = behind_same_tag(header.message, header.program);
  if (web_error(text, header.program, event)) return LineKind::kEvent;
  event.fields.add("message", header.message);
  const std::string_view program = service_program(header.program);
  if (!message(program, behind_time(text), event)) message(program, text, event);
  return LineKind::kEvent;
}

}  // namespace vedette::logs
