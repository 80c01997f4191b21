#include "logs/read/event_time.h"

#include <algorithm>
#include <charconv>

#include "logs/json_text.h"
#include "logs/read/timestamp.h"

namespace vedette::logs {
namespace {

enum class NoZone : std::uint8_t { kSource, kUtc };  // what a value without a zone is in

struct TimeName {
  std::string_view name;
  NoZone no_zone;
};

// What tells when it happened comes before what tells when it was written down or collected; of those, names
// that mean one thing before words that anybody may use for anything.
constexpr TimeName kNames[] = {
    // ECS: "when the event originated"; shippers that parse set it to the event's own time.
    {"@timestamp", NoZone::kSource},
    // Suricata, GELF, Google Cloud; on the same level as @timestamp in events that have no such.
    {"timestamp", NoZone::kSource},
    // Sysmon: of the action itself; TimeCreated is when the record was written.
    {"UtcTime", NoZone::kUtc},
    // Windows events, however they were flattened. The system writes it in UTC.
    {"TimeCreated", NoZone::kUtc},
    {"Event.System.TimeCreated.#attributes.SystemTime", NoZone::kUtc},
    {"System.TimeCreated.SystemTime", NoZone::kUtc},
    {"TimeCreated.SystemTime", NoZone::kUtc},
    {"SystemTime", NoZone::kUtc},
    // CloudTrail and its like.
    {"eventTime", NoZone::kUtc},
    // Docker, Azure, and what programs write by themselves.
    {"time", NoZone::kSource},
    // NXLog: the local time of the source, without a zone.
    {"EventTime", NoZone::kSource},
    // FortiGate: nanoseconds, beside "date" and "time" apart.
    {"eventtime", NoZone::kSource},
    // Microsoft 365.
    {"CreationTime", NoZone::kUtc},
    // The journal as JSON: the program's own time before the journal's receipt of it.
    {"_SOURCE_REALTIME_TIMESTAMP", NoZone::kUtc},
    {"__REALTIME_TIMESTAMP", NoZone::kUtc},
    // Zeek, and loggers of Go.
    {"ts", NoZone::kUtc},
    // Anybody's words.
    {"datetime", NoZone::kSource},
    {"date", NoZone::kSource},
    // ECS: when an agent first read it, which is later.
    {"event.created", NoZone::kSource},
};
constexpr std::size_t kValueBytesMax = 64;  // of what can be a time

constexpr std::uint64_t kLengths = [] {
  std::uint64_t out = 0;
  for (const auto& name : kNames) out |= std::uint64_t{1} << name.name.size();
  return out;
}();

// Its place in the table; beyond its end: none of them.
std::size_t place_of(std::string_view name) {
  if (name.size() >= 64 || (kLengths >> name.size() & 1) == 0) return std::size(kNames);
  std::size_t place = 0;
  while (place < std::size(kNames) && kNames[place].name != name) ++place;
  return place;
}

std::optional<WallTime> since_1970(std::string_view text) {
  const auto whole = text.substr(0, text.find('.'));
  const auto part = text.substr(std::min(text.size(), whole.size() + 1));
  const auto is_digits = [](std::string_view digits) {
    return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  };
  std::int64_t value = 0;
  if (whole.empty() || whole[0] == '0' || !is_digits(whole) || !is_digits(part)) return std::nullopt;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  switch (whole.size()) {
    case 9:
    case 10: {
      std::int64_t ms = value * 1000, scale = 100;
      for (std::size_t i = 0; i < part.size() && scale > 0; ++i, scale /= 10) ms += (part[i] - '0') * scale;
      return from_unix_ms(ms);
    }
    case 12:
    case 13:
      return from_unix_ms(value);
    case 15:
    case 16:
      return from_unix_ms(value / 1000);
    case 18:
    case 19:
      return from_unix_ms(value / 1'000'000);
    default:
      return std::nullopt;
  }
}

std::optional<WallTime> whole_time(std::string_view text, const Zone& zone, WallTime now) {
  if (const auto number = since_1970(text)) return number;
  const auto time = parse_log_time(text);
  if (!time || time->length != text.size()) return std::nullopt;
  return resolve(*time, now, zone);
}

// The field's text; `own` holds it where it was escaped. Nothing: it cannot be a time.
std::optional<std::string_view> text_of_time(const Field& field, std::string& own) {
  if (field.value.size() > kValueBytesMax) return std::nullopt;
  if (field.kind != ValueKind::kString && field.kind != ValueKind::kNumber) return std::nullopt;
  if (!field.escaped) return field.value;
  own.clear();
  unescape_json(field.value, own);
  return own;
}

// Firewalls and web servers tell the day and the time of day in fields of their own.
std::optional<WallTime> date_and_time(std::span<const Field> fields, const Zone& zone, WallTime now) {
  std::string date, time, own;
  for (const auto& field : fields) {
    auto& into = field.name == "date" ? date : time;
    if (field.name != "date" && field.name != "time") continue;
    if (const auto text = text_of_time(field, own)) into = *text;
  }
  if (date.empty() || time.empty()) return std::nullopt;
  return whole_time(date + ' ' + time, zone, now);
}

}  // namespace

std::optional<WallTime> time_of(std::span<const Field> fields, const Zone& zone, WallTime now) {
  static const Zone kUtc;
  std::optional<WallTime> out;
  std::size_t best = std::size(kNames);
  bool apart = false;
  std::string own;
  for (const auto& field : fields) {
    const auto place = place_of(field.name);
    if (place >= best) continue;
    const auto text = text_of_time(field, own);
    if (!text) continue;
    const auto& in = kNames[place].no_zone == NoZone::kUtc ? kUtc : zone;
    if (const auto time = whole_time(*text, in, now)) {
      out = time;
      best = place;
      if (place == 0) break;
    } else {
      apart = apart || field.name == "date";
    }
  }
  if (!out && apart) return date_and_time(fields, zone, now);
  return out;
}

EventTime believed_time(std::optional<WallTime> told, WallTime received, const TimeBounds& bounds) {
  if (!told) return {received, TimeOrigin::kUntold};
  if (*told > received + bounds.ahead_max) return {received, TimeOrigin::kTooFar};
  if (*told < received - bounds.age_max) return {received, TimeOrigin::kTooLong};
  return {*told, TimeOrigin::kEvent};
}

}  // namespace vedette::logs
