// Texts in what an OpenID provider says (RFC 8259 objects: metadata, keys, tokens, claims). Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace vedette::server {

// "" where it is missing or something else than a text.
inline std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace vedette::server
