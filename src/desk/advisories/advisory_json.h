// What the readers of STIX and MISP share: a stranger's JSON, bounded in size and depth. Pure; any thread.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "base/result.h"

namespace vedette::desk {

// kInvalid names the byte; kLimit: more than AdvisoryLimits::kBytes.
Result<boost::json::value> parse_advisory_json(std::string_view bytes);
// "" or null where it is none.
std::string_view text_member(const boost::json::object& of, std::string_view key);
const boost::json::array* list_member(const boost::json::object& of, std::string_view key);
const boost::json::object* object_member(const boost::json::object& of, std::string_view key);
bool is_true(const boost::json::object& of, std::string_view key);  // also "1" and "true"

}  // namespace vedette::desk
