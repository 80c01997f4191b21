#include "logs/read/syslog.h"

#include <algorithm>
#include <string>

namespace vedette::logs {
namespace {

constexpr std::size_t kHostBytesMax = 255, kTagBytesMax = 64, kStructuredMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z'); }

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kHostBytesMax && is_alnum(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) {
                       return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '/' ||
                              c == '@';
                     }) &&
         text.back() != ':';
}

// Solaris writes "[ID 800047 auth.info] " in front of each message.
std::string_view behind_solaris_id(std::string_view text) {
  if (!text.starts_with("[ID ")) return text;
  const std::size_t end = text.find("] ");
  return end == std::string_view::npos || end > 40 ? text : text.substr(end + 2);
}

// The tag at the beginning of `text`: "program[pid]:", "program:", "program[pid]", "program [pid]:",
// "[program]:", "[program]". False: there is none.
bool read_tag(std::string_view text, SyslogHeader& header) {
  std::size_t at = 0;
  const bool bracketed = !text.empty() && text[0] == '[';
  if (bracketed) ++at;
  const std::size_t begin = at;
  const auto in_name = [](char c) {
    return is_alnum(c) || c == '/' || c == '-' || c == '_' || c == '.' || c == '(' || c == ')' || c == '@' ||
           c == '%' || c == '+' || c == '#' || c == '*';
  };
  while (at < text.size() && at - begin <= kTagBytesMax && in_name(text[at])) ++at;
  if (at == begin || at - begin > kTagBytesMax) return false;
  header.program = text.substr(begin, at - begin);
  if (bracketed) {
    if (at >= text.size() || text[at] != ']') return false;
    ++at;
    if (at < text.size() && text[at] == ':') ++at;
    header.message = skip_blanks(text.substr(at));
    // "[error] text" is a level, no program.
    return header.program.size() > 2 && header.program != "error" && header.program != "warn" &&
           header.program != "info" && header.program != "notice" && header.program != "crit" &&
           header.program != "debug";
  }
  std::size_t bracket = at;
  if (bracket < text.size() && text[bracket] == ' ') ++bracket;
  if (bracket < text.size() && text[bracket] == '[') {
    std::size_t end = bracket + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end > bracket + 1 && end < text.size() && text[end] == ']' && end - bracket <= 11) {
      header.pid = text.substr(bracket + 1, end - bracket - 1);
      at = end + 1;
      const bool colon = at < text.size() && text[at] == ':';
      if (colon) ++at;
      if (!colon && at < text.size() && text[at] != ' ') return false;
      header.message = behind_solaris_id(skip_blanks(text.substr(at)));
      return true;
    }
  }
  if (at < text.size() && text[at] == ':' && (at + 1 == text.size() || text[at + 1] == ' ')) {
    header.message = skip_blanks(text.substr(at + 1));
    return true;
  }
  return false;
}

std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// The structured data of RFC 5424, 6.3, at the beginning of `text`, which moves behind it.
bool read_structured(std::string_view& text, FieldList& fields) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    return true;
  }
  if (!text.starts_with('[')) return false;
  std::size_t at = 0, count = 0;
  while (at < text.size() && text[at] == '[') {
    const std::size_t id_begin = ++at;
    while (at < text.size() && text[at] != ' ' && text[at] != ']') ++at;
    const std::string_view id = text.substr(id_begin, at - id_begin);
    while (at < text.size() && text[at] == ' ') {
      const std::size_t name_begin = ++at;
      while (at < text.size() && text[at] != '=' && text[at] != ' ' && text[at] != ']') ++at;
      if (at + 1 >= text.size() || text[at] != '=' || text[at + 1] != '"') return false;
      const std::string_view name = text.substr(name_begin, at - name_begin);
      at += 2;
      std::string value;
      while (at < text.size() && text[at] != '"') {
        if (text[at] == '\\' && at + 1 < text.size() &&
            (text[at + 1] == '"' || text[at + 1] == '\\' || text[at + 1] == ']'))
          ++at;
        value += text[at++];
      }
      if (at == text.size()) return false;
      ++at;
      if (++count > kStructuredMax) {
        fields.set_cut();
        continue;
      }
      std::string path = "log.syslog.structured_data.";
      for (const char c : std::string(id) + "." + std::string(name))
        path += is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '@' ? c : '_';
      fields.add(fields.keep(path), fields.keep(value));
    }
    if (at >= text.size() || text[at] != ']') return false;
    ++at;
  }
  text.remove_prefix(at);
  return true;
}

std::string_view unless_nil(std::string_view text) { return text == "-" ? std::string_view() : text; }

bool parse_5424(std::string_view text, SyslogLine& line, FieldList& fields) {
  next_word(text);  // "1"
  const std::string_view time = next_word(text);
  if (time != "-") {
    line.time = parse_log_time(time);
    if (!line.time) return false;
  }
  line.header.host = unless_nil(next_word(text));
  line.header.program = unless_nil(next_word(text));
  line.header.pid = unless_nil(next_word(text));
  const std::string_view msgid = unless_nil(next_word(text));
  if (!read_structured(text, fields)) return false;
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  line.header.message = text;
  line.rfc5424 = true;
  fields.add("log.syslog.msgid", msgid);
  return true;
}

}  // namespace

SyslogHeader split_tag(std::string_view text) {
  text = skip_blanks(text);
  SyslogHeader header;
  // "<mail.info> " between time and host, as BSD's syslogd -v writes it.
  if (text.starts_with('<')) {
    const std::size_t end = text.find("> ");
    if (end != std::string_view::npos && end < 24) text = skip_blanks(text.substr(end + 2));
  }
  // Without a host, as some programs write their own files: the first word is a tag already.
  if (read_tag(text, header)) return header;
  header = {};
  std::string_view rest = text;
  const std::string_view host = next_word(rest);
  if (!is_host(host)) {
    header.message = text;
    return header;
  }
  header.host = host;
  SyslogHeader tagged;
  if (read_tag(skip_blanks(rest), tagged)) {
    tagged.host = host;
    return tagged;
  }
  header.message = skip_blanks(rest);
  return header;
}

std::optional<SyslogLine> parse_syslog(std::string_view text, FieldList& fields) {
  SyslogLine line;
  if (text.starts_with('<')) {
    std::size_t at = 1;
    int priority = 0;
    while (at < text.size() && at < 4 && is_digit(text[at])) priority = priority * 10 + (text[at++] - '0');
    if (at == 1 || at >= text.size() || text[at] != '>' || priority > 191) return std::nullopt;
    text.remove_prefix(at + 1);
    line.priority = priority;
  }
  if (line.priority >= 0 && text.starts_with("1 ")) {
    if (!parse_5424(text, line, fields)) return std::nullopt;
  } else {
    line.time = parse_log_time(text);
    if (!line.time && line.priority < 0) return std::nullopt;
    const std::size_t length = line.time ? line.time->length : 0;
    if (line.time && length < text.size() && text[length] != ' ' && text[length] != ':') return std::nullopt;
    line.after_time = skip_blanks(
        text.substr(std::min(length + (text.substr(length).starts_with(':') ? 1 : 0), text.size())));
    line.header = split_tag(line.after_time);
  }
  if (line.priority >= 0) {
    fields.add_number("log.syslog.priority", line.priority);
    fields.add_number("log.syslog.facility.code", line.priority / 8);
    fields.add_number("log.syslog.severity.code", line.priority % 8);
  }
  fields.add("host.hostname", line.header.host);
  fields.add("process.name", line.header.program);
  if (parse_count(line.header.pid)) fields.add("process.pid", line.header.pid, ValueKind::kNumber);
  return line;
}

}  // namespace vedette::logs
