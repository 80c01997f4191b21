#include "logs/match/timeline.h"

#include <cstdio>

#include "base/text/html_escape.h"

namespace vedette::logs::match {
namespace {

// A cell that begins like a formula is one to a spreadsheet; an apostrophe makes it text.
std::string cell(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

constexpr std::string_view kStyle =
    "body{font:14px/1.45 "
    "system-ui,sans-serif;margin:1.5rem;color:#1b1f24}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #d8dee4;padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{position:sticky;top:0;background:#f6f8fa}td.t{white-space:nowrap}"
    ".critical{color:#a40e26;font-weight:700}.high{color:#bc4c00;font-weight:600}.medium{color:#7d4e00}";

}  // namespace

void Timeline::add(TimelineRow row) {
  if (rows_.size() < kTimelineRowsMax)
    rows_.push_back(std::move(row));
  else
    ++left_out_;
}

void Timeline::sort() {
  std::ranges::stable_sort(rows_, [](const TimelineRow& a, const TimelineRow& b) {
    if (a.time.has_value() != b.time.has_value()) return a.time.has_value();
    return a.time < b.time;
  });
}

std::string Timeline::csv() const {
  std::string out = "time,level,title,rule,techniques,host,user,matched,input,position\r\n";
  for (const auto& row : rows_)
    out += fmt::format("{},{},{},{},{},{},{},{},{},{}\r\n", row.time ? to_rfc3339(*row.time) : "",
                       to_string(row.severity), cell(row.title), cell(row.rule_id), cell(row.techniques),
                       cell(row.host), cell(row.user), cell(row.matched), cell(row.input), row.position);
  return out;
}

std::string Timeline::html(Language language) const {
  const auto text = [&](const char* key, std::map<std::string, std::string> arguments = {}) {
    return html_escaped(render({std::string("logs.timeline.") + key, std::move(arguments)}, language));
  };
  auto out = fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<h1>{}</h1>\n<p>{}{}</p>\n<table>\n<thead><tr>",
      to_string(language), text("title"), kStyle, text("title"),
      text("count", {{"count", std::to_string(rows_.size())}}),
      left_out_ == 0 ? "" : " " + text("left_out", {{"count", std::to_string(left_out_)}}));
  for (const char* column : {"time", "level", "rule", "host", "user", "matched", "source"})
    out += fmt::format("<th scope=\"col\">{}</th>", text(column));
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows_)
    out += fmt::format(
        "<tr><td class=\"t\">{}</td><td class=\"{}\">{}</td><td>{}<br><small>{} "
        "{}</small></td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}:{}</td></tr>\n",
        row.time ? to_rfc3339(*row.time) : "", to_string(row.severity), to_string(row.severity),
        html_escaped(row.title), html_escaped(row.rule_id), html_escaped(row.techniques),
        html_escaped(row.host), html_escaped(row.user), html_escaped(row.matched), html_escaped(row.input),
        row.position);
  return out + "</tbody>\n</table>\n</body>\n</html>\n";
}

Result<> Timeline::write(const std::string& path, Language language) {
  const bool page = path.ends_with(".html");
  if (!page && !path.ends_with(".csv"))
    return fail(ErrorCode::kInvalid, path + ": a timeline's name ends with .html or .csv");
  sort();
  const auto text = page ? html(language) : csv();
  auto* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return fail(ErrorCode::kForbidden, path + " cannot be written");
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written)
    return fail(ErrorCode::kUnavailable, path + " was not written whole");
  return {};
}

}  // namespace vedette::logs::match
