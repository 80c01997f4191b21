#include "server/hosts/told.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/id.h"
#include "base/text/utf8.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kArgumentsMax = 32, kArgumentNameMax = 64, kArgumentBytesMax = 2'048,
                      kKeyBytesMax = 128;
constexpr std::size_t kPathBytesMax = 4'096;
constexpr double kNumberMax = 1e15;
const json::array kNoList;
const json::value kNothing = json::object();

}  // namespace

bool is_told_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_valid_utf8(text);
}

bool speaks_of_host(const Message& message) {
  return (message.key.starts_with("files.") || message.key.starts_with("agent.")) &&
         message.key.size() <= kKeyBytesMax && is_told_text(message.key) &&
         message.arguments.size() <= kArgumentsMax &&
         std::ranges::all_of(message.arguments, [](const auto& argument) {
           return argument.first.size() <= kArgumentNameMax && is_told_text(argument.first) &&
                  argument.second.size() <= kArgumentBytesMax && is_told_text(argument.second);
         });
}

Told::Told(const json::value& value) : object_(value.if_object()) {
  if (!object_) problem_ = "is no object";
}

void Told::wrong(std::string_view field, std::string_view what) {
  if (problem_.empty()) problem_ = fmt::format("has \"{}\", which {}", field, what);
}

Result<void> Told::checked() const {
  return problem_.empty() ? Result<void>() : fail(ErrorCode::kInvalid, problem_);
}

const json::value* Told::find(std::string_view field, bool may_miss) {
  if (!problem_.empty()) return nullptr;
  const auto* value = object_->if_contains({field.data(), field.size()});
  if (value && !value->is_null()) return value;
  if (!may_miss) problem_ = fmt::format("lacks \"{}\"", field);
  return nullptr;
}

std::string Told::text_or_empty(std::string_view field, std::size_t bytes_max) {
  const auto* value = find(field, true);
  if (!value) return {};
  const auto* found = value->if_string();
  if (!found || found->size() > bytes_max || !is_told_text(*found)) {
    wrong(field, fmt::format("is no text of at most {} bytes", bytes_max));
    return {};
  }
  return std::string(*found);
}

std::string Told::text(std::string_view field, std::size_t bytes_max, std::size_t bytes_min) {
  if (!find(field)) return {};
  auto out = text_or_empty(field, bytes_max);
  if (out.size() < bytes_min) wrong(field, "is too short");
  return out;
}

std::string Told::one_of(std::string_view field, std::initializer_list<std::string_view> values) {
  auto out = text(field, 64);
  if (well() && std::ranges::find(values, out) == values.end())
    wrong(field, "is none of the words known here");
  return out;
}

std::string Told::id(std::string_view field) {
  auto out = text(field, 64);
  if (well() && !is_id(out)) wrong(field, "is no id");
  return out;
}

std::string Told::sha256_or_empty(std::string_view field) {
  auto out = text_or_empty(field, 64);
  bool hex = out.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (well() && !out.empty() && (out.size() != 64 || !hex)) wrong(field, "is no SHA-256 in hexadecimal");
  return out;
}

std::string Told::path(std::string_view field) {
  auto out = text(field, kPathBytesMax, 1);
  if (well() && out.front() != '/') wrong(field, "is no absolute path");
  return out;
}

std::int64_t Told::integer(std::string_view field, std::int64_t least, std::int64_t most) {
  const auto* value = find(field);
  if (!value) return least;
  json::error_code error;
  auto out = value->is_number() ? value->to_number<std::int64_t>(error) : 0;
  if (!value->is_number() || error || out < least || out > most) {
    wrong(field, fmt::format("is no number from {} to {}", least, most));
    return least;
  }
  return out;
}

double Told::number(std::string_view field) {
  const auto* value = find(field);
  if (!value) return 0;
  json::error_code error;
  auto out = value->is_number() ? value->to_number<double>(error) : -1;
  if (error || !std::isfinite(out) || out < 0) {
    wrong(field, "is no number from 0");
    return 0;
  }
  return std::min(out, kNumberMax);
}

std::optional<double> Told::number_or_nothing(std::string_view field) {
  const auto* value = find(field, true);
  json::error_code error;
  if (value && value->is_number() && value->to_number<double>(error) < 0) return std::nullopt;
  return value ? std::optional(number(field)) : std::nullopt;
}

bool Told::boolean(std::string_view field) {
  const auto* value = find(field);
  if (value && !value->is_bool()) wrong(field, "is neither true nor false");
  return value && value->is_bool() && value->get_bool();
}

std::optional<WallTime> Told::time_or_nothing(std::string_view field) {
  auto written = text_or_empty(field, 64);
  if (!well() || written.empty()) return std::nullopt;
  auto out = parse_rfc3339(written);
  if (!out) wrong(field, "is no time (RFC 3339)");
  return out ? std::optional<WallTime>(*out) : std::nullopt;
}

WallTime Told::time(std::string_view field) {
  if (!find(field)) return {};
  auto out = time_or_nothing(field);
  if (!out) wrong(field, "is no time (RFC 3339)");
  return out.value_or(WallTime());
}

std::optional<Message> Told::message_or_nothing(std::string_view field) {
  const auto* value = find(field, true);
  if (!value) return std::nullopt;
  auto out = message_from_json(*value);
  if (!out || !speaks_of_host(*out)) {
    wrong(field, "is no sentence of the file watch or the agent");
    return std::nullopt;
  }
  return *std::move(out);
}

Message Told::message(std::string_view field) {
  if (!find(field)) return {};
  return message_or_nothing(field).value_or(Message());
}

const json::array& Told::list(std::string_view field, std::size_t entries_max) {
  const auto* value = find(field);
  if (!value) return kNoList;
  if (value->is_array() && value->get_array().size() <= entries_max) return value->get_array();
  wrong(field, fmt::format("is no list of at most {} entries", entries_max));
  return kNoList;
}

const json::value& Told::object(std::string_view field) {
  const auto* value = find(field);
  if (!value) return kNothing;
  if (!value->is_object()) wrong(field, "is no object");
  return *value;
}

}  // namespace vedette::server
