// A roster's definition as JSON: what is stored and what the API takes and shows. Times of handoff are local,
// "2026-01-05T07:00".
#pragma once

#include <boost/json/fwd.hpp>

#include "desk/roster/roster.h"

namespace vedette::desk {

boost::json::object layer_json(const Layer& layer);
// kInvalid names the field, which begins with `at`. Throws what the JSON library does when a field is
// missing.
Result<Layer> layer_from(const boost::json::object& object, const std::string& at);
boost::json::array tiers_json(const Roster& roster);
// kInvalid names the field. `json` is what the API's schema lets through, or what tiers_json() wrote.
Result<std::vector<Tier>> tiers_from(const boost::json::array& json);

}  // namespace vedette::desk
