#include "logs/read/w3c.h"

#include <algorithm>
#include <array>

#include "logs/read/field_names.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {
namespace {

constexpr auto kNames = std::to_array<FieldName>({
    {"c-ip", "source.ip"},
    {"c-port", "source.port", true},
    {"cs(Cookie)", "http.request.cookie"},
    {"cs(Referer)", "http.request.referrer"},
    {"cs(User-Agent)", "user_agent.original"},
    {"cs-bytes", "http.request.bytes", true},
    {"cs-host", "url.domain"},
    {"cs-method", "http.request.method"},
    {"cs-uri-query", "url.query"},
    {"cs-uri-stem", "url.path"},
    {"cs-username", "user.name"},
    {"cs-version", "http.version"},
    {"s-computername", "host.hostname"},
    {"s-ip", "destination.ip"},
    {"s-port", "destination.port", true},
    {"s-sitename", "iis.site_name"},
    {"sc-bytes", "http.response.bytes", true},
    {"sc-status", "http.response.status_code", true},
    {"sc-substatus", "iis.sub_status", true},
    {"sc-win32-status", "iis.win32_status", true},
    {"time-taken", "iis.time_taken_ms", true},
});
static_assert(is_sorted(kNames));

std::string_view word(std::string_view& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
  const std::size_t end = std::min(rest.find_first_of(" \t", begin), rest.size());
  const std::string_view text = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return text;
}

}  // namespace

bool like_w3c(std::string_view head) {
  return head.starts_with("#Software:") || head.starts_with("#Version: 1") || head.starts_with("#Fields:");
}

LineKind W3cParser::parse(std::string_view line, LineEvent& event) {
  if (line.empty()) return LineKind::kNoEvent;
  if (line.starts_with('#')) {
    if (line.starts_with("#Fields:")) {
      columns_.clear();
      std::string_view rest = line.substr(8);
      for (std::string_view name = word(rest); !name.empty() && columns_.size() < kColumnsMax;
           name = word(rest)) {
        columns_.emplace_back(name.substr(0, 128));
      }
    } else if (line.starts_with("#Date:")) {
      std::string_view rest = line.substr(6);
      date_ = word(rest).substr(0, 16);
    }
    return LineKind::kNoEvent;
  }
  if (columns_.empty()) return LineKind::kUnparsed;
  std::string_view rest = line, date = date_, time, path, query;
  std::size_t filled = 0;
  for (const std::string& column : columns_) {
    const std::string_view value = word(rest);
    if (value.empty()) break;
    ++filled;
    if (column == "date") {
      date = value;
    } else if (column == "time") {
      time = value;
    } else if (const FieldName* name = find_name(kNames, column)) {
      std::string_view text = value;
      if (column == "cs(User-Agent)" && value.find('+') != std::string_view::npos) {
        std::string blanks(value);
        std::replace(blanks.begin(), blanks.end(), '+', ' ');
        text = event.fields.keep(blanks);
      }
      add_named(*name, text, event.fields);
      if (column == "cs-uri-stem" && value != "-") path = value;
      if (column == "cs-uri-query" && value != "-") query = value;
    } else if (value != "-") {
      event.fields.add(safe_name("iis.", column, event.fields), value);
    }
  }
  if (filled < columns_.size() || rest.find_first_not_of(" \t") != std::string_view::npos)
    return LineKind::kUnparsed;
  if (!path.empty()) {
    event.fields.add("url.original",
                     query.empty() ? path : event.fields.keep(std::string(path) + "?" + std::string(query)));
  }
  if (const auto parsed = parse_log_time(std::string(date) + " " + std::string(time)))
    event.time = parsed->time;
  const auto status = parse_count(event.fields.value("http.response.status_code").value_or(""));
  event.fields.add("event.category", "web");
  if (status) {
    if (*status == 401 && event.fields.has("user.name")) event.fields.add("event.category", "authentication");
    event.fields.add("event.outcome", *status < 400 ? "success" : "failure");
  }
  event.source = {"windows", "webserver", "iis"};
  return LineKind::kEvent;
}

}  // namespace vedette::logs
