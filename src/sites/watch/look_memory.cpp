#include "sites/watch/look_memory.h"

#include <boost/json.hpp>

#include "sites/watch/json_reader.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::array<std::string_view, kLooks.size()> kNames{"dns", "resources", "cloaking"};

}  // namespace

std::string looks_to_json(const LookMemory& memory) {
  json::object out{{"resolvers", memory.resolvers},
                   {"failing", memory.failing},
                   {"led_inside", memory.led_inside},
                   {"robot_refused", memory.robot_refused}};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    out[kNames[i]] = json::object{{"next", to_unix_ms(memory.next[i])}, {"done", to_unix_ms(memory.done[i])}};
  }
  return json::serialize(out);
}

LookMemory looks_from_json(std::string_view text) {
  LookMemory out;
  read_part(text, [&](const JsonReader& part) {
    part.get("resolvers", out.resolvers);
    part.get("failing", out.failing);
    part.get("led_inside", out.led_inside);
    part.get("robot_refused", out.robot_refused);
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      part.object(kNames[i], [&](const JsonReader& look) {
        look.get("next", out.next[i]);
        look.get("done", out.done[i]);
      });
    }
  });
  return out;
}

}  // namespace vedette::sites
