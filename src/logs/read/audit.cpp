#include "logs/read/audit.h"

#include <algorithm>
#include <array>

#include "logs/read/field_names.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {
namespace {

// What the kernel and auditd write as hexadecimal where it holds blanks, quotes or control characters.
constexpr auto kEncoded =
    std::to_array<std::string_view>({"acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "key",
                                     "name", "new_name", "ocomm", "path", "proctitle", "sw", "vm", "watch"});

constexpr auto kNames = std::to_array<FieldName>({
    {"acct", "user.name"},
    {"addr", "source.ip"},
    {"auid", "user.audit.id"},
    {"comm", "process.name"},
    {"cwd", "process.working_directory"},
    {"euid", "user.effective.id"},
    {"exe", "process.executable"},
    {"gid", "group.id"},
    {"name", "file.path"},
    {"op", "event.action"},
    {"pid", "process.pid", true},
    {"ppid", "process.parent.pid", true},
    {"tty", "process.tty"},
    {"uid", "user.id"},
});
static_assert(is_sorted(kNames));

int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

// "a0", "a1[2]": arguments of EXECVE.
bool is_argument(std::string_view name) {
  return name.size() >= 2 && name[0] == 'a' && name[1] >= '0' && name[1] <= '9';
}

std::string_view decoded(std::string_view text, bool zeros_are_blanks, FieldList& fields) {
  if (text.size() < 2 || text.size() % 2 != 0) return text;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return hex(c) >= 0; })) return text;
  char* const out = fields.room(text.size() / 2);
  if (out == nullptr) return text;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const char c = static_cast<char>(hex(text[i]) * 16 + hex(text[i + 1]));
    out[size++] = c == '\0' && zeros_are_blanks ? ' ' : c;
  }
  while (size > 0 && (out[size - 1] == ' ' || out[size - 1] == '\0')) --size;
  return {out, size};
}

struct RecordState {
  std::string_view type;
  bool execve = false;
};

void add_value(std::string_view name, std::string_view value, bool quoted, RecordState& state,
               FieldList& fields) {
  if (name.empty() || value == "(null)" || value == "?") return;
  const bool argument = state.execve && is_argument(name) && name.find("_len") == std::string_view::npos;
  if (!quoted && (argument || std::binary_search(kEncoded.begin(), kEncoded.end(), name))) {
    value = decoded(value, name == "proctitle", fields);
  }
  fields.add(safe_name("", name, fields), value);
  if (argument) fields.add("process.args", value);
  if (name == "proctitle") fields.add("process.command_line", value);
  if ((name == "success" || name == "res") && !fields.has("event.outcome")) {
    const bool good = value == "yes" || value == "success" || value == "1";
    fields.add("event.outcome", good ? "success" : "failure");
  }
  if (const FieldName* ecs = find_name(kNames, name); ecs != nullptr && !fields.has(ecs->to)) {
    if (name == "uid" && value == "unset") return;
    add_named(*ecs, value, fields);
  }
}

// "name=value name="value" msg='name=value …'". What auditd resolved stands behind a group separator.
void read_pairs(std::string_view text, RecordState& state, FieldList& fields, int depth) {
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\x1D' || text[at] == ',')) ++at;
    const std::size_t begin = at;
    while (at < text.size() && text[at] != '=' && text[at] != ' ') ++at;
    if (at >= text.size() || text[at] != '=') continue;
    const std::string_view name = text.substr(begin, at - begin);
    ++at;
    const char quote = at < text.size() ? text[at] : '\0';
    if (quote == '"' || quote == '\'') {
      const std::size_t end = quote == '\'' ? text.rfind('\'') : text.find('"', at + 1);
      if (end != std::string_view::npos && end > at) {
        const std::string_view inside = text.substr(at + 1, end - at - 1);
        at = end + 1;
        if (quote == '\'' && name == "msg" && depth == 0) {
          read_pairs(inside, state, fields, 1);
        } else {
          add_value(name, inside, true, state, fields);
        }
        continue;
      }
    }
    const std::size_t value_begin = at;
    while (at < text.size() && text[at] != ' ' && text[at] != '\x1D') ++at;
    add_value(name, text.substr(value_begin, at - value_begin), false, state, fields);
  }
}

}  // namespace

bool like_audit(std::string_view head) {
  const std::string_view line = head.substr(0, std::min<std::size_t>(head.find('\n'), 512));
  return (line.starts_with("type=") || line.starts_with("node=")) &&
         line.find("msg=audit(") != std::string_view::npos;
}

void parse_audit_record(std::string_view line, FieldList& fields) {
  RecordState state;
  const std::size_t type = line.find("type=");
  if (type == std::string_view::npos) return;
  state.type = line.substr(type + 5, line.substr(type + 5).find(' '));
  state.execve = state.type == "EXECVE";
  fields.add("type", state.type);
  const std::size_t body = line.find("): ", type);
  const std::size_t body_short = line.find("):", type);
  if (body_short == std::string_view::npos) return;
  read_pairs(line.substr(std::min(body, body_short) + 2), state, fields, 0);
}

bool AuditReader::read_head(std::string_view line, Record& record, std::string& key) {
  if (line.starts_with("node="))
    record.node = line.substr(5, line.find(' ') == std::string_view::npos ? 0 : line.find(' ') - 5);
  const std::size_t type = line.find("type=");
  const std::size_t open = line.find("msg=audit(");
  if (type == std::string_view::npos || open == std::string_view::npos || open < type || open > 512)
    return false;
  const std::string_view stamp =
      line.substr(open + 10, std::min<std::size_t>(line.find(')', open), line.size()) - open - 10);
  const std::size_t colon = stamp.find(':');
  if (colon == std::string_view::npos || stamp.size() > 40) return false;
  const auto seconds = parse_count(stamp.substr(0, stamp.find('.')));
  if (!seconds || *seconds > 253'402'300'799) return false;
  std::int64_t millis = 0;
  if (const std::size_t dot = stamp.find('.'); dot < colon) {
    millis = parse_count(stamp.substr(dot + 1, std::min<std::size_t>(3, colon - dot - 1))).value_or(0);
  }
  record.time = from_unix_ms(*seconds * 1000 + millis);
  record.last = line.substr(type + 5).starts_with("EOE ");
  key.assign(record.node).append(" ").append(stamp);
  return true;
}

void AuditReader::add(std::string_view line, const Record& record, const std::string& key, bool cut) {
  newest_ = std::max(newest_, record.time);
  // The newest groups are at the end, and so is nearly always the one that is meant.
  const auto found =
      std::find_if(open_.rbegin(), open_.rend(), [&](const Group& group) { return group.key == key; });
  if (found == open_.rend()) {
    if (record.last) return;  // its group has gone already
    open_.push_back({key, record.time, {}, 0, false, false});
  }
  Group& group = found == open_.rend() ? open_.back() : *found;
  group.complete = group.complete || record.last;
  if (record.last) return;
  if (group.records >= kRecordsMax || group.text.size() + line.size() + 1 > kEventBytesMax) {
    group.cut = true;
    return;
  }
  group.cut = group.cut || cut;
  ++group.records;
  if (!group.text.empty()) group.text += '\n';
  group.text += line;
}

EventView AuditReader::hand_out(Group group) {
  current_ = std::move(group);
  fields_.clear();
  std::string_view text = current_.text;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    parse_audit_record(line, fields_);
  }
  // "node time:serial"
  const std::string_view key = current_.key;
  fields_.add("host.hostname", key.substr(0, key.find(' ')));
  fields_.add("auditd.sequence", key.substr(key.rfind(':') + 1), ValueKind::kNumber);
  ++counters_.read;
  if (current_.cut || fields_.cut()) ++counters_.cut;
  return {fields_.fields(), current_.text, true, current_.time, {"linux", "", "auditd"}};
}

EventView AuditReader::unparsed(std::string_view line) {
  loose_ = line;
  fields_.clear();
  fields_.add("message", loose_);
  counters_.add_unparsed(lines_.number(), loose_);
  ++counters_.read;
  return {fields_.fields(), loose_, true, std::nullopt, {}};
}

Result<std::optional<EventView>> AuditReader::next() {
  for (;;) {
    const auto due = std::find_if(open_.begin(), open_.end(), [&](const Group& group) {
      return group.complete || group.time + kAgeMax < newest_;
    });
    if (due != open_.end() || (!open_.empty() && (at_end_ || open_.size() > kOpenMax))) {
      const auto chosen = due != open_.end() ? due : open_.begin();
      Group group = std::move(*chosen);
      open_.erase(chosen);
      return hand_out(std::move(group));
    }
    if (at_end_) return std::nullopt;
    TRY_ASSIGN(const auto line, lines_.next());
    if (!line) {
      at_end_ = true;
      continue;
    }
    if (line->text.empty()) continue;
    Record record;
    std::string key;
    if (!read_head(line->text, record, key)) return unparsed(line->text);
    add(line->text, record, key, line->cut);
  }
}

}  // namespace vedette::logs
