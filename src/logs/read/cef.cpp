#include "logs/read/cef.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "logs/read/field_names.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {
namespace {

constexpr auto kCefNames = std::to_array<FieldName>({
    {"act", "event.action"},
    {"app", "network.protocol"},
    {"cat", "event.reason"},
    {"cnt", "event.count", true},
    {"destinationDnsDomain", "destination.domain"},
    {"deviceExternalId", "observer.id"},
    {"dhost", "destination.domain"},
    {"dmac", "destination.mac"},
    {"dntdom", "destination.user.domain"},
    {"dpid", "destination.process.pid", true},
    {"dpriv", "destination.user.group.name"},
    {"dproc", "process.name"},
    {"dpt", "destination.port", true},
    {"dst", "destination.ip"},
    {"duid", "destination.user.id"},
    {"duser", "destination.user.name"},
    {"dvc", "observer.ip"},
    {"dvchost", "observer.hostname"},
    {"dvcpid", "process.pid", true},
    {"externalId", "event.id"},
    {"fileHash", "file.hash.sha256"},
    {"filePath", "file.path"},
    {"fname", "file.name"},
    {"fsize", "file.size", true},
    {"in", "source.bytes", true},
    {"msg", "message"},
    {"out", "destination.bytes", true},
    {"outcome", "event.outcome"},
    {"proto", "network.transport"},
    {"reason", "event.reason"},
    {"request", "url.original"},
    {"requestClientApplication", "user_agent.original"},
    {"requestMethod", "http.request.method"},
    {"shost", "source.domain"},
    {"smac", "source.mac"},
    {"sntdom", "source.user.domain"},
    {"spid", "process.pid", true},
    {"spriv", "source.user.group.name"},
    {"sproc", "process.name"},
    {"spt", "source.port", true},
    {"src", "source.ip"},
    {"suid", "user.id"},
    {"suser", "user.name"},
});
static_assert(is_sorted(kCefNames));

constexpr auto kLeefNames = std::to_array<FieldName>({
    {"accountName", "user.name"},       {"action", "event.action"},
    {"cat", "event.category"},          {"domain", "user.domain"},
    {"dst", "destination.ip"},          {"dstBytes", "destination.bytes", true},
    {"dstMAC", "destination.mac"},      {"dstPort", "destination.port", true},
    {"identHostName", "host.hostname"}, {"policy", "rule.name"},
    {"proto", "network.transport"},     {"resource", "service.name"},
    {"sev", "event.severity", true},    {"src", "source.ip"},
    {"srcBytes", "source.bytes", true}, {"srcMAC", "source.mac"},
    {"srcPort", "source.port", true},   {"url", "url.original"},
    {"usrName", "user.name"},
});
static_assert(is_sorted(kLeefNames));

// The pieces in front of `count` bars that are not escaped; `text` moves behind the last. Fewer: none.
std::vector<std::string_view> header(std::string_view& text, std::size_t count, FieldList& fields) {
  std::vector<std::string_view> pieces;
  std::string piece;
  std::size_t at = 0;
  for (; at < text.size() && pieces.size() < count; ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '|' || text[at + 1] == '\\')) {
      piece += text[++at];
    } else if (text[at] == '|') {
      pieces.push_back(fields.keep(piece));
      piece.clear();
    } else {
      piece += text[at];
    }
  }
  if (pieces.size() < count) return {};
  text.remove_prefix(at);
  return pieces;
}

bool is_key(char c) {
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '.' || c == '-' ||
         c == '[' || c == ']';
}

std::string_view unescape(std::string_view text, FieldList& fields) {
  if (text.find('\\') == std::string_view::npos) return text;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      out += next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next;
      if (next != 'n' && next != 'r' && next != 't' && next != '=' && next != '\\' && next != '|')
        out.insert(out.size() - 1, 1, '\\');
    } else {
      out += text[i];
    }
  }
  return fields.keep(out);
}

using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

// "key=value key2=value with blanks key3=…": a key stands behind a blank and in front of "=" that is not
// escaped.
Attributes cef_extensions(std::string_view text, FieldList& fields) {
  Attributes out;
  std::size_t key_begin = std::min(text.find_first_not_of(' '), text.size());
  std::size_t equal = text.find('=', key_begin);
  while (equal != std::string_view::npos && out.size() < kAttributesMax) {
    const std::string_view key = text.substr(key_begin, equal - key_begin);
    // The value ends in front of the next key.
    std::size_t next_equal = equal, next_key = text.size();
    for (;;) {
      next_equal = text.find('=', next_equal + 1);
      if (next_equal == std::string_view::npos) break;
      std::size_t begin = next_equal;
      while (begin > equal + 1 && is_key(text[begin - 1])) --begin;
      if (begin < next_equal && text[begin - 1] == ' ' && begin - 1 >= equal) {
        next_key = begin;
        break;
      }
    }
    const std::size_t value_end = next_equal == std::string_view::npos ? text.size() : next_key - 1;
    std::string_view value = text.substr(equal + 1, value_end > equal ? value_end - equal - 1 : 0);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (!key.empty() && std::all_of(key.begin(), key.end(), is_key))
      out.emplace_back(key, unescape(value, fields));
    key_begin = next_key;
    equal = next_equal;
  }
  if (out.size() >= kAttributesMax) fields.set_cut();
  return out;
}

Attributes leef_attributes(std::string_view text, char separator, FieldList& fields) {
  Attributes out;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equal = pair.find('=');
    if (equal == std::string_view::npos || equal == 0) continue;
    if (out.size() >= kAttributesMax) {
      fields.set_cut();
      break;
    }
    std::string_view key = pair.substr(0, equal);
    while (key.starts_with(' ')) key.remove_prefix(1);
    out.emplace_back(key, pair.substr(equal + 1));
  }
  return out;
}

void set_time(std::string_view text, LineEvent& event, const Clock& clock, const Zone& zone) {
  if (const auto ms = parse_count(text); ms && text.size() == 13) {
    event.time = from_unix_ms(*ms);
  } else if (const auto time = parse_log_time(text)) {
    event.time = resolve(*time, clock.wall(), zone);
  }
}

bool parse_cef(std::string_view text, LineEvent& event, const Clock& clock, const Zone& zone) {
  FieldList& fields = event.fields;
  const auto head = header(text, 7, fields);
  if (head.size() != 7) return false;
  fields.add("observer.vendor", head[1]);
  fields.add("observer.product", head[2]);
  fields.add("observer.version", head[3]);
  fields.add("event.code", head[4]);
  fields.add("cef.name", head[5]);
  fields.add("event.severity", head[6], parse_count(head[6]) ? ValueKind::kNumber : ValueKind::kString);
  const Attributes extensions = cef_extensions(text, fields);
  bool has_message = false;
  for (const auto& [key, value] : extensions) {
    fields.add(safe_name("cef.extensions.", key, fields), value);
    if (const FieldName* name = find_name(kCefNames, key)) add_named(*name, value, fields);
    has_message = has_message || (key == "msg" && !value.empty());
    if (key == "rt" || (!event.time && (key == "end" || key == "start"))) set_time(value, event, clock, zone);
    if (!key.ends_with("Label")) continue;
    const std::string_view custom = key.substr(0, key.size() - 5);
    for (const auto& [other, text_of_custom] : extensions) {
      if (other == custom && !value.empty())
        fields.add(safe_name("cef.extensions.", value, fields), text_of_custom);
    }
  }
  if (!has_message) fields.add("message", head[5]);
  return true;
}

bool parse_leef(std::string_view text, LineEvent& event, const Clock& clock, const Zone& zone) {
  FieldList& fields = event.fields;
  const bool second = text.starts_with("LEEF:2");
  const auto head = header(text, second ? 6 : 5, fields);
  if (head.size() != (second ? 6u : 5u)) return false;
  char separator = '\t';
  if (second && !head[5].empty()) {
    // One character, or its code: "x09", "0x09".
    const std::size_t hex = head[5].find_first_of("xX");
    if (head[5].size() == 1) {
      separator = head[5][0];
    } else if (hex != std::string_view::npos && hex <= 1) {
      int code = 0;
      for (const char c : head[5].substr(hex + 1, 4)) {
        const char lower = static_cast<char>(c | 32);
        code = code * 16 + (c >= '0' && c <= '9'           ? c - '0'
                            : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                           : 0);
      }
      if (code > 0 && code < 256) separator = static_cast<char>(code);
    }
  } else if (text.find('\t') == std::string_view::npos && text.find('^') != std::string_view::npos) {
    separator = '^';  // LEEF 1.0 through relays that do not pass on tabs
  }
  fields.add("observer.vendor", head[1]);
  fields.add("observer.product", head[2]);
  fields.add("observer.version", head[3]);
  fields.add("event.code", head[4]);
  for (const auto& [key, value] : leef_attributes(text, separator, fields)) {
    fields.add(safe_name("leef.", key, fields), value);
    if (const FieldName* name = find_name(kLeefNames, key)) add_named(*name, value, fields);
    if (key == "devTime") set_time(value, event, clock, zone);
  }
  return true;
}

}  // namespace

bool parse_cef_or_leef(std::string_view text, LineEvent& event, const Clock& clock, const Zone& zone) {
  if (text.starts_with("CEF:")) return parse_cef(text, event, clock, zone);
  if (text.starts_with("LEEF:")) return parse_leef(text, event, clock, zone);
  return false;
}

}  // namespace vedette::logs
