#include "sites/watch/json_reader.h"

#include <boost/json.hpp>

namespace vedette::sites {

namespace json = boost::json;

const json::value* JsonReader::find(std::string_view name) const { return object_.if_contains(name); }

std::optional<std::int64_t> JsonReader::integer(std::string_view name) const {
  const auto* v = find(name);
  if (v == nullptr || !v->is_int64()) return std::nullopt;
  return v->get_int64();
}

void JsonReader::get(std::string_view name, std::string& to) const {
  if (const auto* v = find(name); v != nullptr && v->is_string()) to = std::string(v->get_string());
}
void JsonReader::get(std::string_view name, Secret& to) const {
  if (const auto* v = find(name); v != nullptr && v->is_string()) to = Secret(std::string(v->get_string()));
}
void JsonReader::get(std::string_view name, bool& to) const {
  if (const auto* v = find(name); v != nullptr && v->is_bool()) to = v->get_bool();
}
void JsonReader::get(std::string_view name, double& to) const {
  if (const auto* v = find(name); v != nullptr && v->is_number()) to = v->to_number<double>();
}
void JsonReader::get(std::string_view name, WallTime& to) const {
  if (auto ms = integer(name); ms && *ms != 0) to = from_unix_ms(*ms);
}
void JsonReader::get(std::string_view name, std::vector<std::string>& to) const {
  const auto* v = find(name);
  if (v == nullptr || !v->is_array()) return;
  to.clear();
  for (const auto& e : v->get_array()) {
    if (e.is_string()) to.emplace_back(e.get_string());
  }
}
void JsonReader::get(std::string_view name, std::vector<std::uint32_t>& to) const {
  const auto* v = find(name);
  if (v == nullptr || !v->is_array()) return;
  to.clear();
  for (const auto& e : v->get_array()) {
    if (e.is_int64()) to.push_back(static_cast<std::uint32_t>(e.get_int64()));
  }
}

void JsonReader::object(std::string_view name, const std::function<void(const JsonReader&)>& read) const {
  if (const auto* v = find(name); v != nullptr && v->is_object()) read(JsonReader(v->get_object()));
}
void JsonReader::objects(const std::function<void(std::string_view name, const JsonReader&)>& read) const {
  for (const auto& member : object_) {
    if (member.value().is_object()) read(member.key(), JsonReader(member.value().get_object()));
  }
}
void JsonReader::elements(std::string_view name, const std::function<void(const JsonReader&)>& read) const {
  const auto* v = find(name);
  if (v == nullptr || !v->is_array()) return;
  for (const auto& e : v->get_array()) {
    if (e.is_object()) read(JsonReader(e.get_object()));
  }
}
void JsonReader::integers(const std::function<void(std::string_view name, std::int64_t)>& read) const {
  for (const auto& member : object_) {
    if (member.value().is_int64()) read(member.key(), member.value().get_int64());
  }
}

json::array json_texts(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

Result<json::object> json_object(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) return fail(ErrorCode::kCorrupt, "stored JSON of a site is damaged");
  return std::move(value.get_object());
}

void read_part(std::string_view text, const std::function<void(const JsonReader&)>& read) {
  if (auto object = json_object(text)) read(JsonReader(*object));
}

}  // namespace vedette::sites
