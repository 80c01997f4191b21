#include "logs/read/web_log.h"

#include <algorithm>
#include <array>

namespace vedette::logs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::string_view unless_dash(std::string_view text) { return text == "-" ? std::string_view() : text; }

// The quoted text at the beginning of `rest`, which moves behind it; nothing: there is none.
std::optional<std::string_view> quoted(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (!rest.starts_with('"')) return std::nullopt;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) {
      ++at;
    } else if (rest[at] == '"') {
      const std::string_view text = rest.substr(1, at - 1);
      rest.remove_prefix(at + 1);
      return text;
    }
  }
  return std::nullopt;
}

std::string_view word(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end);
  return text;
}

int hex(char c) {
  return is_digit(c) ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

// Apache and nginx write what is not printable, quotes and backslashes as \xhh, \" and \\.
std::string_view unescape(std::string_view text, FieldList& fields) {
  if (text.find('\\') == std::string_view::npos) return text;
  char* const out = fields.room(text.size());
  if (out == nullptr) return text;
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      const char next = text[at + 1];
      if (next == 'x' && at + 3 < text.size() && hex(text[at + 2]) >= 0 && hex(text[at + 3]) >= 0) {
        c = static_cast<char>(hex(text[at + 2]) * 16 + hex(text[at + 3]));
        at += 3;
      } else if (next == '"' || next == '\\') {
        c = next;
        ++at;
      } else if (next == 't' || next == 'n' || next == 'r') {
        c = next == 't' ? '\t' : next == 'n' ? '\n' : '\r';
        ++at;
      }
    }
    out[size++] = c;
  }
  return {out, size};
}

void add_url(std::string_view url, FieldList& fields) {
  fields.add("url.original", url);
  const std::size_t query = url.find('?');
  fields.add("url.path", url.substr(0, query));
  if (query != std::string_view::npos) fields.add("url.query", url.substr(query + 1));
}

void add_request(std::string_view request, FieldList& fields) {
  const std::size_t first = request.find(' ');
  const std::size_t last = request.rfind(" HTTP/");
  const bool method = first != std::string_view::npos && first > 0 && first <= 24 &&
                      std::all_of(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(first),
                                  [](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; });
  if (!method) {
    fields.add("url.original", unless_dash(request));
    return;
  }
  fields.add("http.request.method", request.substr(0, first));
  const bool versioned = last != std::string_view::npos && last > first;
  add_url(request.substr(first + 1, versioned ? last - first - 1 : std::string_view::npos), fields);
  if (versioned) fields.add("http.version", request.substr(last + 6));
}

// Where the time of an access log begins: behind " [".
std::optional<std::pair<std::size_t, LogTime>> find_time(std::string_view line) {
  // In front of it stand host, identity and user; a user name may hold brackets.
  const std::string_view front = line.substr(0, 4096);
  for (std::size_t at = front.find('['); at != std::string_view::npos; at = front.find('[', at + 1)) {
    if (at + 12 >= line.size() || !is_digit(line[at + 1]) || line[at + 3] != '/' || line[at + 7] != '/')
      continue;
    const auto time = parse_log_time(line.substr(at + 1));
    if (time && at + 1 + time->length < line.size() && line[at + 1 + time->length] == ']')
      return std::pair(at, *time);
  }
  return std::nullopt;
}

}  // namespace

std::optional<LogTime> parse_access(std::string_view line, FieldList& fields) {
  const auto found = find_time(line);
  if (!found || found->first < 4) return std::nullopt;
  const auto& [at, time] = *found;
  std::string_view front = line.substr(0, at), rest = line.substr(at + time.length + 2);
  const auto request = quoted(rest);
  const std::string_view status = word(rest), bytes = word(rest);
  const auto code = parse_count(status);
  if (!request || !code || *code > 999) return std::nullopt;

  std::string_view host = word(front), vhost;
  std::string_view identity = word(front);
  // "www.example.org:443 192.0.2.1 - - [": a second address, and the dash behind it.
  if (identity != "-" && is_ip_address(identity)) {
    vhost = host;
    host = identity;
    identity = word(front);
  }
  while (front.starts_with(' ')) front.remove_prefix(1);
  while (front.ends_with(' ')) front.remove_suffix(1);
  const std::string_view user = unless_dash(front);

  fields.add_address("source", host);
  if (!vhost.empty()) fields.add("url.domain", vhost.substr(0, vhost.rfind(':')));
  fields.add("user.name", unescape(user, fields));
  add_request(unescape(*request, fields), fields);
  fields.add("http.response.status_code", status, ValueKind::kNumber);
  if (parse_count(bytes)) fields.add("http.response.body.bytes", bytes, ValueKind::kNumber);
  const auto referrer = quoted(rest), agent = quoted(rest);
  if (referrer) fields.add("http.request.referrer", unless_dash(unescape(*referrer, fields)));
  if (agent) fields.add("user_agent.original", unless_dash(unescape(*agent, fields)));
  fields.add("event.category", "web");
  // Bytes that are no request, or one refused before its headers were read: a probe for another protocol, or
  // an attack on the parser.
  const bool garbage =
      *code == 400 && (!fields.has("http.request.method") || (agent == "-" && referrer == "-"));
  if (garbage) fields.add("event.category", "intrusion_detection");
  if (*code == 401 && !user.empty()) {
    fields.add("event.category", "authentication");
    fields.add("event.action", "http-login");
  }
  fields.add("event.type", garbage ? "denied" : "access");
  fields.add("event.outcome", *code < 400 ? "success" : "failure");
  return time;
}

namespace {

// "[name:level] [pid 12:tid 34] [client 192.0.2.1:5678] message"
std::optional<ErrorLine> apache_error(std::string_view text, FieldList& fields) {
  constexpr std::array<std::string_view, 16> kLevels = {
      "emerg",  "alert",  "crit",   "error",  "warn",   "notice", "info",   "debug",
      "trace1", "trace2", "trace3", "trace4", "trace5", "trace6", "trace7", "trace8"};
  std::string_view level, pid, client;
  bool has_level = false, has_module = false;
  for (int part = 0; part < 8; ++part) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const std::size_t end = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    if (end == std::string_view::npos) break;
    std::string_view inside = text.substr(1, end - 1);
    if (inside.starts_with("client ")) {
      client = inside.substr(7);
      text.remove_prefix(end + 1);
      break;  // what follows is the message, whatever it looks like
    }
    if (inside.starts_with("pid ")) {
      pid =
          inside.substr(4, inside.find(':') == std::string_view::npos ? inside.size() : inside.find(':') - 4);
    } else if (const std::string_view name = inside.substr(inside.rfind(':') + 1);
               !has_level && std::find(kLevels.begin(), kLevels.end(), name) != kLevels.end()) {
      level = name;
      has_level = true;
      has_module = name.size() < inside.size();
    } else if (!inside.starts_with("remote ") && !inside.starts_with("host ")) {
      break;
    }
    text.remove_prefix(end + 1);
  }
  if (!has_level) return std::nullopt;
  while (text.starts_with(' ')) text.remove_prefix(1);
  fields.add("log.level", level);
  if (parse_count(pid) && !fields.has("process.pid")) fields.add("process.pid", pid, ValueKind::kNumber);
  if (!client.empty()) {
    // Apache 2.4, which names the module, writes the port always, and IPv6 without brackets:
    // "2001:db8::1:5678".
    const std::size_t colon = client.rfind(':');
    const bool port = colon != std::string_view::npos && parse_count(client.substr(colon + 1)) &&
                      (has_module || client.find(':') == colon || client.starts_with('['));
    fields.add_address("source", port ? client.substr(0, colon) : client);
    if (port) fields.add("source.port", client.substr(colon + 1), ValueKind::kNumber);
  }
  return ErrorLine{std::nullopt, "apache2", text, {}};
}

// "[error] 12#34: *56 message, client: 192.0.2.1, server: …"
std::optional<ErrorLine> nginx_error(std::string_view text, FieldList& fields) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::size_t end = text.starts_with('[') ? text.find("] ") : std::string_view::npos;
  if (end == std::string_view::npos || end > 8) return std::nullopt;
  const std::string_view level = text.substr(1, end - 1);
  text.remove_prefix(end + 2);
  const std::size_t hash = text.find('#'), colon = text.find(": ");
  if (hash == std::string_view::npos || colon == std::string_view::npos || hash > colon || colon > 24 ||
      !parse_count(text.substr(0, hash))) {
    return std::nullopt;
  }
  fields.add("log.level", level);
  if (!fields.has("process.pid")) fields.add("process.pid", text.substr(0, hash), ValueKind::kNumber);
  text.remove_prefix(colon + 2);
  if (text.starts_with('*')) {
    std::size_t at = 1;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at < text.size() && text[at] == ' ') text.remove_prefix(at + 1);
  }
  ErrorLine line{std::nullopt, "nginx", text, {}};
  constexpr std::string_view kClient = ", client: ";
  if (const std::size_t at = text.rfind(kClient); at != std::string_view::npos) {
    const std::string_view client = text.substr(at + kClient.size());
    line.client = client.substr(0, client.find(','));
  }
  return line;
}

}  // namespace

std::optional<ErrorLine> parse_web_error(std::string_view text, std::string_view program, FieldList& fields) {
  std::optional<LogTime> time;
  if (text.starts_with('[') &&
      (program.empty() || program == "apache2" || program == "httpd" || program == "apache")) {
    std::string_view rest = text;
    time = parse_log_time(text.substr(1));
    if (time) {
      if (!text.substr(1 + time->length).starts_with("] [")) return std::nullopt;
      rest = text.substr(time->length + 2);
    } else if (program.empty()) {
      return std::nullopt;
    }
    auto line = apache_error(rest, fields);
    if (line) line->time = time;
    return line;
  }
  if (program.empty() || program == "nginx") {
    time = parse_log_time(text);
    if (!time && program.empty()) return std::nullopt;
    auto line = nginx_error(text.substr(time ? time->length : 0), fields);
    if (line) line->time = time;
    return line;
  }
  return std::nullopt;
}

}  // namespace vedette::logs
