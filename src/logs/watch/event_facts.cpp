#include "logs/watch/event_facts.h"

#include <boost/json.hpp>

#include "base/text/utf8.h"
#include "logs/json_text.h"

namespace vedette::logs {
namespace json = boost::json;
namespace {

constexpr std::string_view kHostNames[] = {"host.name", "host.hostname", "Computer",
                                           "Hostname",  "hostname",      "agent.hostname"};
constexpr std::string_view kActorNames[] = {"source.ip", "client.ip", "SourceIp",       "IpAddress",
                                            "src_ip",    "user.name", "TargetUserName", "User"};
constexpr std::string_view kKindNames[] = {"EventID",      "event.code",   "winlog.event_id",
                                           "event_type",   "event.action", "process.name",
                                           "service.name", "event.dataset"};

std::string plain(const Field& field) {
  std::string out;
  if (field.escaped)
    unescape_json(field.value, out);
  else
    out = field.value;
  return is_valid_utf8(out) ? out : repair_utf8(out);
}

std::string first_of(const EventView& event, std::span<const std::string_view> names) {
  for (auto name : names) {
    for (const auto& field : event.fields) {
      if (field.name != name || field.value.empty() || field.value == "-" || field.kind == ValueKind::kNull)
        continue;
      auto out = plain(field);
      if (out.size() > kFactBytesMax)
        out.resize(valid_utf8_prefix(std::string_view(out).substr(0, kFactBytesMax)));
      return out;
    }
  }
  return {};
}

json::value value_of(const Field& field) {
  switch (field.kind) {
    case ValueKind::kTrue:
      return true;
    case ValueKind::kFalse:
      return false;
    case ValueKind::kNull:
      return nullptr;
    case ValueKind::kNumber: {
      json::error_code error;
      auto number = json::parse(field.value, error);
      if (!error && number.is_number()) return number;
      return json::string(plain(field));
    }
    case ValueKind::kString:
      break;
  }
  return json::string(plain(field));
}

}  // namespace

std::string host_of(const EventView& event) { return first_of(event, kHostNames); }
std::string actor_of(const EventView& event) { return first_of(event, kActorNames); }
std::string kind_of(const EventView& event) { return first_of(event, kKindNames); }

std::string fields_json(const EventView& event) {
  json::object out;
  for (const auto& field : event.fields) {
    auto name = is_valid_utf8(field.name) ? std::string(field.name) : repair_utf8(field.name);
    auto value = value_of(field);
    auto* known = out.if_contains(name);
    if (!known)
      out.emplace(name, std::move(value));
    else if (known->is_array())
      known->get_array().push_back(std::move(value));
    else
      *known = json::array{std::move(*known), std::move(value)};
  }
  return json::serialize(out);
}

}  // namespace vedette::logs
