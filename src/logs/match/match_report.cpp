#include "logs/match/match_report.h"

#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "base/text/utf8.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::match {
namespace json = boost::json;
using sigma::Comparison;
using sigma::Expression;

namespace {

void add_matched(const sigma::Predicate& predicate, const EventView& event, std::vector<MatchedField>& out) {
  if (predicate.comparison == Comparison::kSource || predicate.comparison == Comparison::kNull) return;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (out.size() >= kMatchedFieldsMax) return;
    MatchedField matched{repair_utf8(name), repair_utf8(text.substr(0, kMatchedValueBytesMax))};
    for (const auto& known : out)
      if (known.field == matched.field && known.value == matched.value) return;
    out.push_back(std::move(matched));
  };
  for (const auto& field : event.fields) {
    if (!predicate.field.empty() && field.name != predicate.field) continue;
    if (field.kind == ValueKind::kNull && predicate.comparison != Comparison::kExists) continue;
    const auto text = sigma::text_of(field);
    if (!sigma::looks_at_one_value(predicate.comparison) || sigma::value_holds(predicate, text))
      add(field.name, text);
  }
  if (predicate.field.empty() && event.raw_is_text && sigma::looks_at_one_value(predicate.comparison) &&
      sigma::value_holds(predicate, event.raw))
    add("", std::string(event.raw));
}

void walk(const Expression& expression, const sigma::Rule& rule, const EventView& event,
          std::vector<MatchedField>& out) {
  if (expression.kind == Expression::Kind::kNot || !sigma::holds(expression, rule, event)) return;
  if (expression.kind == Expression::Kind::kPredicate)
    return add_matched(rule.predicates[expression.predicate], event, out);
  for (const auto& child : expression.of) walk(child, rule, event, out);
}

std::string first_of(const EventView& event, std::span<const std::string_view> names) {
  for (const auto name : names)
    for (const auto& field : event.fields)
      if (field.name == name && !field.value.empty() && field.kind != ValueKind::kNull && field.value != "-")
        return one_line(sigma::text_of(field), 256);
  return {};
}

std::string as_json(std::string_view text) { return json::serialize(json::string(repair_utf8(text))); }

std::string value_json(const Field& field) {
  return field.kind == ValueKind::kString ? as_json(sigma::text_of(field)) : std::string(field.value);
}

std::string event_json(const EventView& event) {
  std::string out = "{";
  for (std::size_t i = 0; i < event.fields.size(); ++i) {
    const auto name = event.fields[i].name;
    std::vector<std::string> values;
    bool earlier = false;
    for (std::size_t other = 0; other < event.fields.size() && !earlier; ++other) {
      if (event.fields[other].name != name) continue;
      earlier = other < i;
      if (!earlier) values.push_back(value_json(event.fields[other]));
    }
    if (earlier) continue;
    if (out.size() > 1) out += ',';
    out +=
        as_json(name) + ":" + (values.size() == 1 ? values[0] : fmt::format("[{}]", fmt::join(values, ",")));
  }
  return out + "}";
}

std::string joined(const std::vector<MatchedField>& matched, std::size_t value_max) {
  std::string out;
  for (const auto& [field, value] : matched)
    out += fmt::format("{}{}{}", out.empty() ? "" : "; ", field.empty() ? "" : one_line(field, 128) + "=",
                       one_line(value, value_max));
  return out;
}

std::string group_text(const sigma::CorrelatedMatch& match) {
  std::string out;
  for (std::size_t i = 0; i < match.group.size(); ++i)
    out +=
        fmt::format("{}={}; ", one_line(match.correlation->group_by[i], 128), one_line(match.group[i], 400));
  return out + fmt::format("value {}", match.value);
}

json::object about(const sigma::Rule& rule) {
  json::array tags;
  for (const auto& tag : rule.tags) tags.emplace_back(tag);
  return {{"id", rule.id},
          {"title", rule.title},
          {"level", to_string(rule.severity)},
          {"tags", std::move(tags)},
          {"file", rule.file}};
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
  auto out = repair_utf8(text.substr(0, bytes_max));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  // C1 controls are two bytes each in UTF-8; a terminal may take them for commands.
  for (std::size_t at = 0; (at = out.find('\xC2', at)) != std::string::npos; ++at)
    if (at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xA0) out.replace(at, 2, " ");
  if (text.size() > bytes_max) out += "…";
  return out;
}

std::vector<MatchedField> matched_fields(const sigma::Rule& rule, const EventView& event) {
  std::vector<MatchedField> out;
  walk(rule.condition, rule, event, out);
  return out;
}

std::string host_of(const EventView& event) {
  static constexpr std::string_view kNames[] = {"Computer", "host.name", "Hostname", "host.hostname",
                                                "hostname"};
  return first_of(event, kNames);
}

std::string user_of(const EventView& event) {
  static constexpr std::string_view kNames[] = {"User", "user.name", "TargetUserName", "SubjectUserName",
                                                "SourceUser"};
  return first_of(event, kNames);
}

void append_json(const sigma::Rule& rule, const EventView& event, const ScanPosition& position,
                 std::string& out) {
  json::array matched;
  for (const auto& [field, value] : matched_fields(rule, event))
    matched.push_back(json::object{{"field", field}, {"value", value}});
  json::object head{{"rule", about(rule)},
                    {"input", repair_utf8(position.input)},
                    {"position", position.number},
                    {"matched", std::move(matched)}};
  if (event.time) head.emplace("time", to_rfc3339(*event.time));
  auto text = json::serialize(head);
  text.pop_back();
  out += text + ",\"event\":" + event_json(event) + "}\n";
}

void append_text(const sigma::Rule& rule, const EventView& event, const ScanPosition& position,
                 std::string& out) {
  std::string where;
  if (const auto host = host_of(event); !host.empty()) where += "  " + host;
  if (const auto user = user_of(event); !user.empty()) where += "  " + user;
  out += fmt::format("{}  {}  {}{}\n", event.time ? to_rfc3339(*event.time) : "no time",
                     to_string(rule.severity), one_line(rule.title, 256), where);
  for (const auto& [field, value] : matched_fields(rule, event))
    out += fmt::format("    {}: {}\n", field.empty() ? "text" : one_line(field, 128), one_line(value, 400));
  out += fmt::format("    {}  {}{}{}:{}\n", rule.id, fmt::join(rule.attack, " "),
                     rule.attack.empty() ? "" : "  ", one_line(position.input, 1024), position.number);
}

TimelineRow timeline_row(const sigma::Rule& rule, const EventView& event, const ScanPosition& position) {
  TimelineRow row;
  row.time = event.time;
  row.severity = rule.severity;
  row.title = one_line(rule.title, 256);
  row.rule_id = one_line(rule.id, 64);
  row.techniques = fmt::format("{}", fmt::join(rule.attack, " "));
  row.host = host_of(event);
  row.user = user_of(event);
  row.matched = joined(matched_fields(rule, event), 400);
  row.input = one_line(position.input, 1024);
  row.position = position.number;
  return row;
}

void append_json(const sigma::CorrelatedMatch& match, std::string& out) {
  const auto& correlation = *match.correlation;
  json::object group;
  for (std::size_t i = 0; i < match.group.size(); ++i)
    group[correlation.group_by[i]] = repair_utf8(match.group[i]);
  out += json::serialize(json::object{{"correlation", about(correlation.about)},
                                      {"time", to_rfc3339(match.time)},
                                      {"group", std::move(group)},
                                      {"value", match.value}}) +
         "\n";
}

void append_text(const sigma::CorrelatedMatch& match, std::string& out) {
  const auto& about = match.correlation->about;
  out += fmt::format("{}  {}  {}  {}\n    {}  {}\n", to_rfc3339(match.time), to_string(about.severity),
                     one_line(about.title, 256), group_text(match), about.id, fmt::join(about.attack, " "));
}

TimelineRow timeline_row(const sigma::CorrelatedMatch& match) {
  const auto& about = match.correlation->about;
  TimelineRow row;
  row.time = match.time;
  row.severity = about.severity;
  row.title = one_line(about.title, 256);
  row.rule_id = one_line(about.id, 64);
  row.techniques = fmt::format("{}", fmt::join(about.attack, " "));
  row.matched = group_text(match);
  return row;
}

}  // namespace vedette::logs::match
