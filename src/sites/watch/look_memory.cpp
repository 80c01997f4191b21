#include "sites/watch/look_memory.h"

#include <boost/json.hpp>

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::array<std::string_view, kLooks.size()> kNames{"dns", "resources", "cloaking"};

std::int64_t integer(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

std::string looks_to_json(const LookMemory& memory) {
  json::object out{
      {"resolvers", memory.resolvers}, {"failing", memory.failing}, {"robot_refused", memory.robot_refused}};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    out[kNames[i]] = json::object{{"next", to_unix_ms(memory.next[i])}, {"done", to_unix_ms(memory.done[i])}};
  }
  return json::serialize(out);
}

LookMemory looks_from_json(std::string_view text) {
  LookMemory out;
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) return out;
  const auto& object = value.get_object();
  out.resolvers = static_cast<int>(integer(object, "resolvers"));
  out.failing = static_cast<int>(integer(object, "failing"));
  if (const auto* refused = object.if_contains("robot_refused"); refused != nullptr && refused->is_bool()) {
    out.robot_refused = refused->get_bool();
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto* look = object.if_contains(kNames[i]);
    if (look == nullptr || !look->is_object()) continue;
    out.next[i] = from_unix_ms(integer(look->get_object(), "next"));
    out.done[i] = from_unix_ms(integer(look->get_object(), "done"));
  }
  return out;
}

}  // namespace vedette::sites
