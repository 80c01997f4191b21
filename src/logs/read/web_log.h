// Web servers' own logs. Pure; linear; any thread.
//
// Access: Common and Combined Log Format (Apache, nginx, Traefik, lighttpd …), also with the virtual host in
// front. Fields: source.{address,ip}, user.name, http.request.{method,referrer}, url.{original,path,query,
// domain}, http.version, http.response.{status_code,body.bytes}, user_agent.original, event.category web;
// with a user name and status 401 also authentication: the server refused that user's password. Error:
// Apache 2.2 and 2.4, nginx. Fields: log.level, process.pid, source.*, message.
#pragma once

#include <optional>
#include <string_view>

#include "logs/read/line_parser.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {

// The time of an access log line, its fields in `fields`; nothing: no such line, `fields` is as it was.
std::optional<LogTime> parse_access(std::string_view line, FieldList& fields);

struct ErrorLine {
  std::optional<LogTime> time;  // nothing: behind a syslog header
  std::string_view program;     // "apache2" or "nginx"
  std::string_view message;     // for patterns.h
  std::string_view client;      // nginx: what stands behind the last ", client: "
};
// `program`: of the syslog header, "" where there is none and the line must begin with a time.
std::optional<ErrorLine> parse_web_error(std::string_view text, std::string_view program, FieldList& fields);

}  // namespace vedette::logs
