// Fields of a JSON object that may be missing or of another kind: then the empty value. For DevTools
// messages.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace vedette::sites {

inline std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
inline const boost::json::object& object_of(const boost::json::object& object, std::string_view key) {
  static const boost::json::object empty;
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}
inline std::int64_t number_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  return value->is_double() ? static_cast<std::int64_t>(value->get_double()) : 0;
}
inline bool flag_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace vedette::sites
